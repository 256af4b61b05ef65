using EvalHarness.Analysis.Arena;

namespace EvalHarness.Html;

/// <summary>Ratings of models as one HTML file, with a chart of the ratings and the table of wins.</summary>
internal static class ArenaPage
{
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the file cannot be written.</exception>
    public static Task WriteAsync(ArenaStandings standings, string path, TimeProvider time, CancellationToken cancellationToken)
    {
        const string title = "Ratings of models by battles";
        var summary = new { Page = "arena", Title = title, Made = HtmlPage.Made(time), Standings = standings };
        return HtmlPage.WriteAsync(title, summary, path, cancellationToken);
    }
}
