using System.Globalization;
using EvalHarness.Analysis.History;
using EvalHarness.Reports;

namespace EvalHarness.Html;

/// <summary>
/// Runs over time as one HTML file: a line per model and task with its interval, what changed when, steps, speed and memory.
/// </summary>
internal static class HistoryPage
{
    /// <param name="series">What to show.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="time">Says when it is made.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the file cannot be written.</exception>
    public static Task WriteAsync(IReadOnlyList<HistorySeries> series, string path, TimeProvider time, CancellationToken cancellationToken)
    {
        const string title = "EvalHarness history";
        DateTimeOffset[] nights = [.. series.SelectMany(s => s.Points.Select(p => p.Run.Started)).Order()];
        var summary = new
        {
            Page = "history",
            Title = title,
            Made = HtmlPage.Made(time),
            Runs = series.SelectMany(s => s.Points.Select(p => p.Run.Run)).Distinct().Count(),
            From = nights.Length == 0 ? null : Day(nights[0]),
            To = nights.Length == 0 ? null : Day(nights[^1]),
            Series = HistoryData.Of(series),
        };
        return HtmlPage.WriteAsync(title, summary, path, cancellationToken);
    }

    private static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
