using System.Text.Json.Nodes;
using EvalHarness.Analysis.Comparing;
using EvalHarness.Results;

namespace EvalHarness.Html;

/// <summary>
/// A run, or several compared with the first, as one HTML file: numbers, charts, every sample.
/// </summary>
public static class HtmlReport
{
    /// <param name="runs">Finished runs; the first is the base.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="time">Says when it is made.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: a run is unfinished, or the file cannot be written; <see cref="ExitCode.Incomparable"/>: prompts differ.</exception>
    public static async Task WriteAsync(IReadOnlyList<RunFolder> runs, string path, TimeProvider time, CancellationToken cancellationToken)
    {
        IReadOnlyList<Comparison> comparisons = await Comparison.OfAllAsync(runs, cancellationToken).ConfigureAwait(false);
        RunSamples[] all = [.. runs.Select(r => new RunSamples(r))];
        ReportSamples samples = await ReportSamples.ReadAsync(all, cancellationToken).ConfigureAwait(false);
        JsonObject summary = ReportSummary.Build(all, comparisons, samples, time.GetUtcNow());
        await HtmlPage.WriteAsync(summary, samples.Packed, path, cancellationToken).ConfigureAwait(false);
    }
}
