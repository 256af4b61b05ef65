using System.Runtime.CompilerServices;

namespace EvalHarness.Results;

/// <summary>Reads a journal line by line, from its bytes, so that each line's place in the file and its checksum are exact.</summary>
internal sealed class JournalReader(FileStream file, JournalChecksum checksum)
{
    private const int FirstBuffer = 1 << 16;

    /// <summary>The length in bytes of all lines that were read and are whole.</summary>
    public long Whole { get; private set; }

    /// <summary>The bytes of the line that was read last, without the line break; until the next one is read.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <summary>All lines, each with the offset where it begins, up to a torn last one.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: a line is damaged and others follow, or its checksum does not fit.
    /// </exception>
    public async IAsyncEnumerable<(long Offset, JournalLine Line)> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[FirstBuffer];
        int start = 0, end = 0;
        for (int number = 1; ; number++)
        {
            int length;
            while ((length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n')) < 0)
            {
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                (start, end) = (0, end - start);
                if (end == buffer.Length)
                    Array.Resize(ref buffer, 2 * buffer.Length);
                int read = await file.ReadAsync(buffer.AsMemory(end), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                    yield break;
                end += read;
            }

            if (JournalLine.Parse(buffer.AsSpan(start, length)) is not { } line)
            {
                // Only what a cut-off write leaves may be wrong: the last line, or NULs that a lost power leaves at the end.
                if (Whole + length + 1 == file.Length)
                    yield break;
                throw Refused(file.Name, number, "damaged, and lines follow");
            }

            if (checksum.Problem(buffer.AsSpan(start, length), line.Checksum) is { } problem)
                throw Refused(file.Name, number, problem);
            Bytes = buffer.AsMemory(start, length);
            long offset = Whole;
            Whole += length + 1;
            start += length + 1;
            yield return (offset, line);
        }
    }

    internal static EvalException Refused(string path, int number, string problem) => new(
        ExitCode.Output,
        $"{path}:{number}: {problem}; restore the file, or delete this line, and its request is answered again");
}
