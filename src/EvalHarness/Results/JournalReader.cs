using System.Runtime.CompilerServices;
using System.Text.Json;
using EvalHarness.Files;

namespace EvalHarness.Results;

/// <summary>Reads a journal line by line, from its bytes, so that each line's place in the file and its checksum are exact.</summary>
internal sealed class JournalReader(FileStream file, JournalChecksum checksum)
{
    private const int FirstBuffer = 1 << 16;

    private static readonly JsonSerializerOptions Format = new(ResultsJson.Strict) { AllowDuplicateProperties = false };

    /// <summary>The length in bytes of all lines that were read and are whole.</summary>
    public long Whole { get; private set; }

    /// <summary>All lines, with their numbers from 1, up to a torn last one.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: a line is damaged and others follow, or its checksum does not fit.
    /// </exception>
    public async IAsyncEnumerable<(int Number, JournalLine Line)> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
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

            if (Parse(buffer.AsSpan(start, length)) is not { } line)
            {
                // Only what a cut-off write leaves may be wrong: the last line, or NULs that a lost power leaves at the end.
                if (Whole + length + 1 == file.Length)
                    yield break;
                throw Refused(file.Name, number, "damaged, and lines follow");
            }

            if (checksum.Problem(buffer.AsSpan(start, length), line.Checksum) is { } problem)
                throw Refused(file.Name, number, problem);
            Whole += length + 1;
            start += length + 1;
            yield return (number, line);
        }
    }

    internal static EvalException Refused(string path, int number, string problem) => new(
        ExitCode.Output,
        $"{path}:{number}: {problem}; restore the file, or delete this line, and its request is answered again");

    private static JournalLine? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<JournalLine>(line, Format);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
