using System.Globalization;
using System.Text.Json;
using EvalHarness.Files;

namespace EvalHarness.Results;

/// <summary>What is removed of a run whose numbers alone are still wanted.</summary>
public sealed partial class RunFolder
{
    /// <param name="At">When samples and responses were removed.</param>
    private sealed record Pruning(DateTimeOffset At);

    private string PrunedFile => Path.Combine(FullPath, "pruned.json");

    private string SamplesFolder => Path.Combine(FullPath, "samples");

    /// <summary>When its samples and responses were removed, in words that follow the run's name; null if they were not.</summary>
    private string? Pruned => !File.Exists(PrunedFile) ? null : string.Create(
        CultureInfo.InvariantCulture,
        $"its samples and responses were removed on {Reading(PrunedFile, ResultsJson.Read<Pruning>).At:yyyy-MM-dd} (keep in the plan of "
        + $"its night); its scores are in results.json");

    /// <summary>
    /// Removes samples, responses and the page of a run that finished; manifest and results stay. The run says from then on that it was
    /// pruned, so that nothing takes it for one that can be continued.
    /// </summary>
    /// <param name="now">What the run says of when it was.</param>
    /// <returns>Whether anything was removed: not where that was done before, or another program writes to the folder.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: a file cannot be removed.</exception>
    internal async Task<bool> PruneAsync(DateTimeOffset now)
    {
        string[] files = [JournalFile, JudgeFile, Path.Combine(FullPath, "report.html")];
        if (!File.Exists(ResultsFile) || (!Directory.Exists(SamplesFolder) && !files.Any(File.Exists)))
            return false;
        using FileStream? held = FileLock.Take(LockFile, keep: false);
        if (held is null)
            return false;
        if (!File.Exists(PrunedFile))
        {
            await OutputFile
                .WriteAsync(PrunedFile, stream => JsonSerializer.SerializeAsync(stream, new Pruning(now), ResultsJson.Indented))
                .ConfigureAwait(false);
        }

        try
        {
            foreach (string file in files)
                File.Delete(file);
            if (Directory.Exists(SamplesFolder))
                Directory.Delete(SamplesFolder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvalException(ExitCode.Output, $"{Name}: its samples cannot be removed: {e.Message.TrimEnd('.')}", e);
        }

        return true;
    }
}
