using System.Buffers.Binary;
using EvalHarness.Files;

namespace EvalHarness.Data;

/// <summary>
/// Keeps documents, or what is made of them, outside memory: records in a temporary file, each of which is found by its offset. The first
/// records are in memory, so that there is no file where there is little to keep. Any thread may append and read.
/// </summary>
/// <param name="create">Makes the file, when it is needed.</param>
internal sealed class DocumentSpool(Func<ScratchFile> create) : IDisposable
{
    /// <summary>The bytes that are written at once.</summary>
    internal const int BufferBytes = 256 * 1024;

    private readonly Lock _gate = new();
    private readonly SpoolWindow _window = new();
    private ScratchFile? _file;

    /// <summary>The records that are not in the file yet.</summary>
    private MemoryStream _pending = new();
    private BinaryWriter? _writer;
    private BinaryReader? _reader;

    /// <summary>The length of the file.</summary>
    private long _written;
    private bool _isDisposed;

    internal DocumentSpool()
        : this(() => ScratchFile.Create(ScratchFile.Folder))
    {
    }

    /// <summary>The bytes of all records.</summary>
    internal long Length => _written + _pending.Length;

    /// <param name="write">Writes the record.</param>
    /// <returns>The offset of the record.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: no temporary file can be made, or the disk is full.</exception>
    internal long Append(Action<BinaryWriter> write)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            long start = _pending.Length;
            _pending.SetLength(start + sizeof(int));
            _pending.Position = start + sizeof(int);
            try
            {
                write(_writer ??= new BinaryWriter(_pending));
            }
            catch
            {
                _pending.SetLength(start);
                throw;
            }

            int length = (int)(_pending.Length - start) - sizeof(int);
            BinaryPrimitives.WriteInt32LittleEndian(_pending.GetBuffer().AsSpan((int)start), length);
            long offset = _written + start;
            if (_pending.Length >= BufferBytes)
                Flush();
            return offset;
        }
    }

    /// <param name="offset">The offset that <see cref="Append"/> gave.</param>
    /// <param name="read">Reads what the record has. It must not use the spool.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the disk fails.</exception>
    internal T Read<T>(long offset, Func<BinaryReader, T> read)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (offset < _written)
                return _window.Read(_file!, offset, read);
            _pending.Position = offset - _written + sizeof(int);
            return read(_reader ??= new BinaryReader(_pending));
        }
    }

    private void Flush()
    {
        _file ??= create();
        _file.Write(_pending.GetBuffer().AsSpan(0, (int)_pending.Length), _written);
        _written += _pending.Length;
        _pending.SetLength(0);
        // The space of a record that was much larger than the others is given back.
        if (_pending.Capacity > 16 * BufferBytes)
            (_pending, _writer, _reader) = (new MemoryStream(), null, null);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _window.Dispose();
            _writer?.Dispose();
            _reader?.Dispose();
            _pending.Dispose();
            _file?.Dispose();
        }
    }
}
