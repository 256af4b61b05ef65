using System.Globalization;
using System.Text.Json.Nodes;
using EvalHarness.Analysis.History;
using EvalHarness.Reports;

namespace EvalHarness.Html;

/// <summary>Runs over time as one HTML file: a line per model and task with its interval, what changed when, steps, speed and memory.</summary>
public static class HistoryPage
{
    /// <param name="series">What to show.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="time">Says when it is made.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the file cannot be written.</exception>
    public static Task WriteAsync(IReadOnlyList<HistorySeries> series, string path, TimeProvider time, CancellationToken cancellationToken)
    {
        DateTimeOffset[] nights = [.. series.SelectMany(s => s.Points.Select(p => p.Run.Started)).Order()];
        var summary = new JsonObject
        {
            ["page"] = "history",
            ["title"] = "EvalHarness history",
            ["made"] = time.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
            ["runs"] = series.SelectMany(s => s.Points.Select(p => p.Run.Run)).Distinct().Count(),
            ["from"] = nights.Length == 0 ? null : nights[0].ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ["to"] = nights.Length == 0 ? null : nights[^1].ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ["series"] = HistoryTable.Json(series),
        };
        return HtmlPage.WriteAsync(summary, () => "", path, cancellationToken);
    }
}
