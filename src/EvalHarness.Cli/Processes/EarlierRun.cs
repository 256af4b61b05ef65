using EvalHarness.Results;

namespace EvalHarness.Cli.Processes;

/// <summary>A run that a command made at an earlier start, and need not make again.</summary>
internal static class EarlierRun
{
    /// <param name="run">Its folder.</param>
    /// <param name="model">As given now.</param>
    /// <param name="tasks">As given now.</param>
    /// <param name="limit">As given now.</param>
    /// <returns>Whether it is there and has answered everything.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: another run than the one asked for lies there.</exception>
    internal static bool IsFinished(string run, string model, IEnumerable<string> tasks, int? limit)
    {
        var folder = new RunFolder(run);
        if (!File.Exists(folder.ManifestFile))
            return false;
        RunOptions options = folder.ReadManifest().Options;
        (string What, string Was, string Is)[] differing =
            [("model", options.Model, model), ("tasks", string.Join(',', options.Tasks), string.Join(',', tasks)), ("limit", $"{options.Limit}", $"{limit}")];
        if (differing.FirstOrDefault(d => d.Was != d.Is) is { What: { } what } other)
            throw new EvalException(ExitCode.Output, $"{run}: has a run with {what} {(other.Was.Length == 0 ? "none" : other.Was)}, asked for is {(other.Is.Length == 0 ? "none" : other.Is)}; choose another --output, or remove it");
        return MatrixRun.Finished(run) is not null;
    }
}
