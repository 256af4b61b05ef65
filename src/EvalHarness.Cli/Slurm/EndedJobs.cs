namespace EvalHarness.Cli.Slurm;

/// <summary>
/// What is known of jobs that Slurm's queue has forgotten: their logs, their files, and the accounting where there is one.
/// </summary>
internal static class EndedJobs
{
    /// <summary>Bytes at the end of a log that are looked at.</summary>
    private const int Tail = 1 << 16;

    private const string ErrorMark = "error: ";

    /// <summary>The states that <c>sacct</c> tells, by job; empty where there is no accounting.</summary>
    /// <remarks>Source: sacct(1) of Slurm 22.05. A state may be "CANCELLED by 1000".</remarks>
    internal static async Task<IReadOnlyDictionary<string, string>> ReadAsync(SubmittedRun run, CancellationToken cancellationToken)
    {
        string[] ids = [.. run.Submissions.SelectMany(s => (string?[])[s.Array, s.Merge]).OfType<string>()];
        string? output = ids.Length == 0
            ? null
            : await SlurmProgram.TryAskAsync(
                "sacct",
                ["--noheader", "--parsable2", "--allocations", "--array", $"--jobs={string.Join(',', ids)}", "--format=JobID,State"],
                cancellationToken).ConfigureAwait(false);
        return (output ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('|'))
            .Where(fields => fields.Length == 2)
            .GroupBy(fields => fields[0])
            .ToDictionary(g => g.Key, g => g.Last()[1].Split(' ')[0]);
    }

    /// <summary>
    /// Of the last start that a log tells of, the last line that begins with "error: ", and if there is none its last line. Null where it
    /// has written nothing.
    /// </summary>
    internal static string? LastWords(string log)
    {
        if (!File.Exists(log))
            return null;
        using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Seek(-Math.Min(Tail, file.Length), SeekOrigin.End);
        using var reader = new StreamReader(file);
        string[] lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        int start = Array.FindLastIndex(lines, l => l.StartsWith(SlurmScripts.StartMark, StringComparison.Ordinal));
        string[] last = lines[(start + 1)..];
        return last.LastOrDefault(l => l.StartsWith(ErrorMark, StringComparison.Ordinal))?[ErrorMark.Length..]
            ?? last.LastOrDefault()
            ?? (start >= 0 ? lines[start] : null);
    }

    /// <returns>Null where there is no such file.</returns>
    internal static async Task<long?> CountLinesAsync(string file, CancellationToken cancellationToken)
    {
        if (!File.Exists(file))
            return null;
        var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        await using (stream.ConfigureAwait(false))
        {
            byte[] buffer = new byte[Tail];
            long lines = 0;
            int read;
            while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
                lines += buffer.AsSpan(0, read).Count((byte)'\n');
            return lines;
        }
    }
}
