using System.Runtime.InteropServices;

namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>A temporary file of rows of logits, one after the other, as float32 in the machine's byte order.</summary>
internal sealed class RowFile : IDisposable
{
    private readonly FileStream _stream;
    private readonly int _vocabulary;

    private RowFile(FileStream stream, int vocabulary) => (_stream, _vocabulary) = (stream, vocabulary);

    /// <summary>The number of rows written.</summary>
    internal long Count { get; private set; }

    internal static RowFile Create(string path, int vocabulary) =>
        new(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20), vocabulary);

    internal static RowFile Open(string path, int vocabulary) =>
        new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20), vocabulary);

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: there is no room for the row.</exception>
    internal void Add(ReadOnlySpan<float> row)
    {
        try
        {
            _stream.Write(MemoryMarshal.AsBytes(row[.._vocabulary]));
        }
        catch (IOException e)
        {
            throw NotWritten(e);
        }

        Count++;
    }

    /// <summary>Writes what is still in memory, so that it outlives the process.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: there is no room for it.</exception>
    internal void Flush()
    {
        try
        {
            _stream.Flush();
        }
        catch (IOException e)
        {
            throw NotWritten(e);
        }
    }

    private EvalException NotWritten(IOException e) => new(
        ExitCode.Output,
        $"{_stream.Name}: cannot be written: {EvalException.OneLine(e.Message)}; each side may take 1 GiB there: make room, choose another "
        + "temporary folder (TMPDIR, on Windows TEMP), or give a smaller --max-context",
        e);

    internal void Read(long row, float[] values)
    {
        _stream.Position = row * _vocabulary * sizeof(float);
        _stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan(0, _vocabulary)));
    }

    public void Dispose() => _stream.Dispose();
}
