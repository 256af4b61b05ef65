using System.IO.Compression;
using System.Text;
using System.Text.Unicode;
using EvalHarness.Files;
using Microsoft.Win32.SafeHandles;

namespace EvalHarness.Engines;

/// <summary>
/// A file of lines that is read once from its beginning to its end, and then again line by line wherever one is wanted. Compressed lines
/// (.gz) are unpacked into a temporary file on the way. One thread at a time may use it.
/// </summary>
internal sealed class RecordedFile : IDisposable
{
    private const int Block = 1 << 18;

    /// <summary>The place of a line is noted after so many bytes, so that the numbers of lines can be found again.</summary>
    private const int BetweenMarks = 1 << 16;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _path;
    private readonly ScratchFile? _unpacked;
    private readonly SafeFileHandle _handle;
    private readonly List<(long Offset, int Line)> _marks = [(0, 1)];
    private readonly LineWindow _window;

    private RecordedFile(string path)
    {
        _path = path;
        _unpacked = path.EndsWith(".gz", StringComparison.Ordinal) ? ScratchFile.Create(ScratchFile.Folder) : null;
        _handle = _unpacked?.Handle ?? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        _window = new LineWindow(_handle);
    }

    /// <summary>The number of the line that <see cref="ScanAsync"/> is at, from 1.</summary>
    public int Scanned { get; private set; } = 1;

    public static RecordedFile Open(string path) => new(path);

    /// <summary>Reads all lines that are not empty.</summary>
    /// <param name="read">Takes the bytes of a line, which are UTF-8, and the place at which it begins.</param>
    /// <param name="cancellationToken">Stops between blocks of the file.</param>
    /// <exception cref="DecoderFallbackException">A line is not UTF-8.</exception>
    /// <exception cref="InvalidDataException">The compressed data is damaged.</exception>
    public async Task ScanAsync(Action<ReadOnlySpan<byte>, long> read, CancellationToken cancellationToken)
    {
        using FileStream raw = new(
            _path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.SequentialScan);
        using Stream stream = _unpacked is not null ? new GZipStream(raw, CompressionMode.Decompress) : raw;
        byte[] buffer = new byte[Block];
        int filled = 0;
        for (long offset = 0; ;)
        {
            if (filled == buffer.Length)
                Array.Resize(ref buffer, LineWindow.Larger(buffer.Length));
            int searched = filled;
            int added = await stream.ReadAsync(buffer.AsMemory(filled), cancellationToken).ConfigureAwait(false);
            _unpacked?.Write(buffer.AsSpan(filled, added), offset + filled);
            filled += added;
            int used = Lines(buffer.AsSpan(0, filled), searched, offset, isEnd: added == 0, read);
            buffer.AsSpan(used, filled - used).CopyTo(buffer);
            (offset, filled) = (offset + used, filled - used);
            if (added == 0)
                return;
        }
    }

    /// <param name="text">Bytes from the beginning of a line on.</param>
    /// <param name="searched">The number of bytes that are known to have no line break.</param>
    /// <param name="offset">Where the bytes stand in the file.</param>
    /// <param name="isEnd">Whether the file ends behind them.</param>
    /// <param name="read">Takes each line.</param>
    /// <returns>The number of bytes that were read.</returns>
    private int Lines(ReadOnlySpan<byte> text, int searched, long offset, bool isEnd, Action<ReadOnlySpan<byte>, long> read)
    {
        int start = 0;
        while (start < text.Length)
        {
            int from = Math.Max(start, searched), length = text[from..].IndexOf((byte)'\n');
            if (length < 0 && !isEnd)
                break;
            int end = length < 0 ? text.Length : from + length;
            if (offset + start - _marks[^1].Offset >= BetweenMarks)
                _marks.Add((offset + start, Scanned));
            Line(text[start..end], offset + start, read);
            Scanned++;
            start = Math.Min(end + 1, text.Length);
        }

        return start;
    }

    private static void Line(ReadOnlySpan<byte> line, long offset, Action<ReadOnlySpan<byte>, long> read)
    {
        ReadOnlySpan<byte> mark = Encoding.UTF8.Preamble;
        int first = offset == 0 && line.StartsWith(mark) ? mark.Length : 0;
        line = line[first..].TrimEnd((byte)'\r');
        if (line.IsEmpty)
            return;
        // A byte that is no UTF-8 would become another character, and the response another response.
        if (!Utf8.IsValid(line))
            Strict.GetString(line);
        read(line, offset + first);
    }

    /// <summary>The line at a place that <see cref="ScanAsync"/> gave; until the next call.</summary>
    public ReadOnlySpan<byte> LineAt(long offset) => _window.LineAt(offset);

    /// <summary>The line behind the one that was asked for last, and not an empty one; until the next call.</summary>
    /// <param name="offset">The place at which it begins.</param>
    public ReadOnlySpan<byte> NextLine(out long offset)
    {
        ReadOnlySpan<byte> line;
        do
        {
            offset = _window.End;
            line = _window.LineAt(offset).TrimEnd((byte)'\r');
        }
        while (line.IsEmpty && !_window.IsAtEnd);

        return line;
    }

    /// <summary>The number of the line at a place, from 1.</summary>
    public int NumberAt(long offset)
    {
        int at = _marks.BinarySearch((offset, int.MaxValue));
        (long from, int number) = _marks[at >= 0 ? at : ~at - 1];
        byte[] buffer = new byte[BetweenMarks];
        while (from < offset)
        {
            int read = RandomAccess.Read(_handle, buffer.AsSpan(0, (int)Math.Min(buffer.Length, offset - from)), from);
            if (read == 0)
                break;
            number += buffer.AsSpan(0, read).Count((byte)'\n');
            from += read;
        }

        return number;
    }

    public void Dispose()
    {
        _handle.Dispose();
        _unpacked?.Dispose();
    }
}
