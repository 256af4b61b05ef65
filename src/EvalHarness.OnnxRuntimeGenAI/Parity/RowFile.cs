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

    internal void Add(ReadOnlySpan<float> row)
    {
        _stream.Write(MemoryMarshal.AsBytes(row[.._vocabulary]));
        Count++;
    }

    internal void Read(long row, float[] values)
    {
        _stream.Position = row * _vocabulary * sizeof(float);
        _stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan(0, _vocabulary)));
    }

    public void Dispose() => _stream.Dispose();
}
