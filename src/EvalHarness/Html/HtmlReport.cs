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
    /// <param name="size">How many samples the page unpacks at once; null for the usual number.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: a run is unfinished, or the file cannot be written; <see cref="ExitCode.Incomparable"/>: prompts
    /// differ.
    /// </exception>
    public static async Task WriteAsync(
        IReadOnlyList<RunFolder> runs,
        string path,
        TimeProvider time,
        CancellationToken cancellationToken,
        PriceFile? prices = null,
        ReportChunkSize? size = null)
    {
        FinishedRun[] all = [.. runs.Select(FinishedRun.Read)];
        IReadOnlyList<RunPair> pairs = RunPair.WithBase(all);
        await HtmlPage.WriteAsync(ReportSummary.TitleOf(all), WriteSamplesAsync, path, cancellationToken).ConfigureAwait(false);

        async Task<ReportSummary> WriteSamplesAsync(Stream stream)
        {
            var blocks = new ReportBlocks(stream, cancellationToken);
            foreach (string task in all.SelectMany(r => r.Tasks).Distinct())
            {
                var samples = new ReportSamples(blocks, task, all.Length, size ?? ReportChunkSize.Default);
                JoinedScores scores = await RunPair.AddToAllAsync(
                    pairs,
                    task,
                    all.Length,
                    SampleJoin.ReadAsync(all, task, ReportSamples.Columns, cancellationToken),
                    samples.AddAsync).ConfigureAwait(false);
                await samples.EndAsync(scores).ConfigureAwait(false);
            }

            return ReportSummary.Of(
                all, Comparison.Of(pairs), prices is null ? null : RunPrice.OfEach(all, prices), HtmlPage.Made(time));
        }
    }
}
