using System.Buffers.Binary;
using EvalHarness.Files;

namespace EvalHarness.Data;

/// <summary>The part of a temporary file that was read last. Records that stand behind each other are read many at a time.</summary>
internal sealed class SpoolWindow : IDisposable
{
    /// <summary>The bytes that are read at once: where records are read in order, and where they are read anywhere.</summary>
    private const int InOrder = 256 * 1024, Anywhere = 4 * 1024;

    private MemoryStream _stream = new([]);
    private BinaryReader _reader = new(Stream.Null);
    private byte[] _bytes = [];
    private int _length;

    /// <summary>Where the window begins in the file, and where the record behind the one that was read last begins.</summary>
    private long _start, _next;

    /// <summary>Reads a record: its length in 4 bytes, and what <see cref="DocumentSpool.Append"/> was given.</summary>
    internal T Read<T>(ScratchFile file, long offset, Func<BinaryReader, T> read)
    {
        if (!Holds(offset, sizeof(int)))
            Fill(file, offset, offset == _next ? InOrder : Anywhere);
        int length = BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan((int)(offset - _start), sizeof(int)));
        if (!Holds(offset, sizeof(int) + (long)length))
            Fill(file, offset, Math.Max(sizeof(int) + length, offset == _next ? InOrder : 0));
        _next = offset + sizeof(int) + length;
        _stream.Position = offset - _start + sizeof(int);
        return read(_reader);
    }

    public void Dispose()
    {
        _reader.Dispose();
        _stream.Dispose();
    }

    private bool Holds(long offset, long count) => offset >= _start && offset + count <= _start + _length;

    private void Fill(ScratchFile file, long offset, int count)
    {
        // The space of a record that was much larger than the others is given back.
        if (_bytes.Length < count || _bytes.Length > 16 * Math.Max(count, InOrder))
        {
            _bytes = new byte[Math.Max(count, InOrder)];
            _stream = new MemoryStream(_bytes, writable: false);
            _reader = new BinaryReader(_stream);
        }

        (_start, _length) = (offset, file.Read(_bytes.AsSpan(0, count), offset));
    }
}
