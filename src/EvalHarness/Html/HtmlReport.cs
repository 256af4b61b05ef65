using EvalHarness.Analysis.Comparing;
using EvalHarness.Results;

namespace EvalHarness.Html;

/// <summary>
/// A run, or several compared with the first, as one HTML file: numbers, charts, every sample.
/// </summary>
internal static class HtmlReport
{
    /// <param name="runs">Finished runs; the first is the base.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="time">Says when it is made.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="prices">What models cost; null to leave prices out.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: a run is unfinished, or the file cannot be written; <see cref="ExitCode.Incomparable"/>: prompts
    /// differ.
    /// </exception>
    public static async Task WriteAsync(
        IReadOnlyList<RunFolder> runs, string path, TimeProvider time, CancellationToken cancellationToken, PriceFile? prices = null)
    {
        FinishedRun[] all = [.. runs.Select(FinishedRun.Read)];
        IReadOnlyList<RunPair> pairs = RunPair.WithBase(all);
        var samples = new ReportSamples();
        foreach (string task in all.SelectMany(r => r.Tasks).Distinct())
        {
            IReadOnlyList<IReadOnlyList<SampleRow>> rows =
                await FinishedRun.ReadSamplesAsync(all, task, cancellationToken).ConfigureAwait(false);
            RunPair.AddToAll(pairs, task, rows);
            samples.Add(task, rows);
        }

        var summary = ReportSummary.Of(
            all, Comparison.Of(pairs), prices is null ? null : RunPrice.OfEach(all, prices), HtmlPage.Made(time));
        await HtmlPage.WriteAsync(summary.Title, summary, samples.Packed, path, cancellationToken).ConfigureAwait(false);
    }
}
