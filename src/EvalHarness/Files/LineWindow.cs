using Microsoft.Win32.SafeHandles;

namespace EvalHarness.Files;

/// <summary>
/// The part of a file in which lines are read again. Lines that are asked for in the order of the file are read ahead in large blocks, and
/// others in small ones.
/// </summary>
internal sealed class LineWindow(SafeFileHandle file)
{
    private const int Small = 1 << 12, Large = 1 << 18;

    private byte[] _buffer = new byte[Small];
    private long _start;
    private int _length;

    /// <summary>Where the line behind the one that was read last begins.</summary>
    public long End { get; private set; }

    /// <summary>Whether the line that was read last has no line break, because the file ends there.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>The line that begins at a place, without its line break; until the next call.</summary>
    public ReadOnlySpan<byte> LineAt(long offset)
    {
        // Between two lines that are asked for may stand one that is empty, or answers a request of another task.
        bool isAhead = offset >= End && offset - End < Small;
        if (offset < _start || offset > _start + _length)
            (_start, _length) = (offset, 0);
        int searched = (int)(offset - _start);
        while (true)
        {
            int found = _buffer.AsSpan(searched, _length - searched).IndexOf((byte)'\n');
            if (found >= 0 || !Fill(offset, isAhead))
            {
                int first = (int)(offset - _start), last = found >= 0 ? searched + found : _length;
                (End, IsAtEnd) = (_start + last + 1, found < 0);
                return _buffer.AsSpan(first, last - first);
            }

            searched = (int)(offset - _start);
        }
    }

    /// <summary>The next size of a buffer that is too small for a line.</summary>
    /// <exception cref="InvalidDataException">No buffer is large enough.</exception>
    public static int Larger(int length) => length < Array.MaxLength / 2
        ? 2 * length
        : throw new InvalidDataException($"a line has more than {length} bytes");

    /// <summary>Reads on behind what is held, and drops what stands before the line that is wanted.</summary>
    /// <returns>Whether there was more.</returns>
    private bool Fill(long offset, bool isAhead)
    {
        int kept = _length - (int)(offset - _start);
        int wanted = Math.Max(isAhead ? Large : Small, kept < _buffer.Length ? 0 : Larger(kept));
        byte[] buffer = wanted > _buffer.Length ? new byte[wanted] : _buffer;
        _buffer.AsSpan(_length - kept, kept).CopyTo(buffer);
        (_buffer, _start, _length) = (buffer, offset, kept);
        int room = isAhead ? _buffer.Length - kept : Math.Min(_buffer.Length - kept, Math.Max(Small, kept));
        int read = RandomAccess.Read(file, _buffer.AsSpan(kept, room), _start + kept);
        _length += read;
        return read > 0;
    }
}
