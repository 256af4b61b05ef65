using EvalHarness.Analysis.Published;

namespace EvalHarness.Html;

/// <summary><c>gap</c> as one HTML file with a chart per benchmark.</summary>
internal static class GapPage
{
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the file cannot be written.</exception>
    public static Task WriteAsync(
        IReadOnlyList<GapBenchmark> benchmarks, string path, TimeProvider time, CancellationToken cancellationToken)
    {
        const string title = "Open models beside closed ones";
        var summary = new { Page = "gap", Title = title, Made = HtmlPage.Made(time), Benchmarks = benchmarks };
        return HtmlPage.WriteAsync(title, summary, path, cancellationToken);
    }
}
