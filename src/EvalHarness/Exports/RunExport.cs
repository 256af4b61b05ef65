using EvalHarness.Results;

namespace EvalHarness.Exports;

/// <summary>Writes finished runs as records of other people's programs.</summary>
internal static class RunExport
{
    /// <summary>The folder of the records of Every Eval Ever.</summary>
    internal const string EveryEvalEverFolder = "every-eval-ever";

    /// <summary>The folder of what belongs into the models' repositories on the hub.</summary>
    internal const string HubFolder = "hub";

    /// <summary>
    /// Writes <c>every-eval-ever/data/...</c>, a record for each score with its samples, and <c>hub/ORG/NAME/.eval_results/*.yaml</c>, an
    /// entry for each score of a benchmark that the hub knows.
    /// </summary>
    /// <param name="runs">Finished runs, each with samples.</param>
    /// <param name="folder">Gets both folders.</param>
    /// <param name="evaluator">Who evaluated.</param>
    /// <param name="time">Says when the records are made.</param>
    /// <param name="cancellationToken">Stops between two documents; files that are whole stay.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: a run's model has no name of the form ORG/NAME. <see cref="ExitCode.Incomparable"/>: a run has no
    /// scores. <see cref="ExitCode.Output"/>: a file cannot be written, or samples are gone or damaged.
    /// </exception>
    public static async Task<ExportSummary> WriteAsync(
        IReadOnlyList<FinishedRun> runs, string folder, Evaluator evaluator, TimeProvider time, CancellationToken cancellationToken)
    {
        ExportedRun[] exported = [.. runs.Select(run => new ExportedRun(run))];
        var records = new EveryEvalEverFiles(Path.Combine(folder, EveryEvalEverFolder), evaluator, time.GetUtcNow());
        int count = 0;
        foreach (ExportedRun run in exported)
            count += await records.WriteAsync(run, cancellationToken).ConfigureAwait(false);
        var leftOut = new List<string>();
        IReadOnlyList<string> files = await HubResults
            .WriteAsync(exported, Path.Combine(folder, HubFolder), evaluator, leftOut.Add)
            .ConfigureAwait(false);
        return new ExportSummary(folder, count, files, leftOut);
    }

    /// <summary>Looks whether all runs have what records for others need, before anything is computed.</summary>
    /// <exception cref="EvalException">As <see cref="WriteAsync"/>.</exception>
    public static void Check(IReadOnlyList<FinishedRun> runs)
    {
        foreach (FinishedRun run in runs)
            _ = new ExportedRun(run);
    }
}

/// <summary>What was written for other programs.</summary>
/// <param name="Folder">Where.</param>
/// <param name="Records">Records of Every Eval Ever.</param>
/// <param name="HubFiles">Files for models' repositories on the hub.</param>
/// <param name="LeftOut">Why scores of benchmarks that the hub knows are not in them, a sentence for each.</param>
internal sealed record ExportSummary(string Folder, int Records, IReadOnlyList<string> HubFiles, IReadOnlyList<string> LeftOut)
{
    /// <summary>What is said of it.</summary>
    public IEnumerable<string> Lines =>
    [
        $"Every Eval Ever: {Records} records in {Path.Combine(Folder, RunExport.EveryEvalEverFolder)}",
        .. HubFiles.Select(file => $"for the hub: {file}"),
        .. HubFiles.Count + LeftOut.Count > 0 ? [] : (string[])[$"for the hub: nothing, because it shows {HubResults.Names} alone"],
        .. LeftOut,
    ];
}
