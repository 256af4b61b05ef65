using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EvalHarness.Files;

namespace EvalHarness.Html;

/// <summary>One HTML file that needs nothing else. Its program is <c>src/ReportPage</c>.</summary>
/// <remarks>
/// What models and datasets wrote cannot become part of the page: it lies in data blocks, as JSON without angle brackets or in base64,
/// the page makes text nodes of it, and its policy lets no script run but its own, by hash.
/// </remarks>
internal static partial class HtmlPage
{
    /// <param name="summary">What the page shows; <c>page</c> says which page, <c>title</c> what it is called.</param>
    /// <param name="samples">The block of samples; empty for pages without.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the file cannot be written.</exception>
    internal static Task WriteAsync(JsonObject summary, Func<string> samples, string path, CancellationToken cancellationToken)
    {
        string script = Resource("report.js");
        var parts = new Dictionary<string, Func<string>>
        {
            ["title"] = () => HtmlEncoder.Default.Encode((string)summary["title"]!),
            ["style"] = () => Resource("report.css"),
            ["script-hash"] = () => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script))),
            ["script"] = () => script,
            ["summary"] = () => summary.ToJsonString(),
            ["samples"] = samples,
            // The element ends at the first "</".
            ["licences"] = () => Resource("licences.txt").Replace("<", "‹", StringComparison.Ordinal),
        };
        string page = Part().Replace(Resource("page.html"), match => parts[match.Groups[1].Value]());
        return OutputFile.WriteAsync(Path.GetFullPath(path), async stream => await stream.WriteAsync(Encoding.UTF8.GetBytes(page), cancellationToken).ConfigureAwait(false));
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
