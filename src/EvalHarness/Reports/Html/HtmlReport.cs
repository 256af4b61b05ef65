using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EvalHarness.Comparing;
using EvalHarness.Results;

namespace EvalHarness.Reports.Html;

/// <summary>
/// A run, or several compared with the first, as one HTML file that needs nothing else: numbers, charts, every sample. Its page is
/// <c>src/ReportPage</c>.
/// </summary>
/// <remarks>
/// What models and datasets wrote cannot become part of the page: it lies in data blocks, as JSON without angle brackets or in base64,
/// the page makes text nodes of it, and its policy lets no script run but its own, by hash.
/// </remarks>
public static partial class HtmlReport
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
        string script = Resource("report.js");
        var parts = new Dictionary<string, Func<string>>
        {
            ["title"] = () => HtmlEncoder.Default.Encode((string)summary["title"]!),
            ["style"] = () => Resource("report.css"),
            ["script-hash"] = () => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script))),
            ["script"] = () => script,
            ["summary"] = () => summary.ToJsonString(),
            ["samples"] = samples.Packed,
            // The element ends at the first "</".
            ["licences"] = () => Resource("licences.txt").Replace("<", "‹", StringComparison.Ordinal),
        };
        string page = Part().Replace(Resource("page.html"), match => parts[match.Groups[1].Value]());
        await OutputFile.WriteAsync(Path.GetFullPath(path), async stream => await stream.WriteAsync(Encoding.UTF8.GetBytes(page), cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"\{\{([a-z-]+)\}\}")]
    private static partial Regex Part();
}
