using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EvalHarness.Analysis.Published;
using EvalHarness.Files;

namespace EvalHarness.Html;

/// <summary><c>gap</c> as one HTML file with a chart per benchmark.</summary>
public static class GapPage
{
    /// <summary>The page asks for every key.</summary>
    private static readonly JsonSerializerOptions Whole = new(ResultsJson.Line) { DefaultIgnoreCondition = JsonIgnoreCondition.Never };

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the file cannot be written.</exception>
    public static Task WriteAsync(IReadOnlyList<GapBenchmark> benchmarks, bool priced, string path, TimeProvider time, CancellationToken cancellationToken)
    {
        var summary = new JsonObject
        {
            ["page"] = "gap",
            ["title"] = "Open models beside closed ones",
            ["made"] = time.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
            ["priced"] = priced,
            ["benchmarks"] = JsonSerializer.SerializeToNode(benchmarks, Whole),
        };
        return HtmlPage.WriteAsync(summary, () => "", path, cancellationToken);
    }
}
