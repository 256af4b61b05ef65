using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using EvalHarness.Files;

namespace EvalHarness.Html;

/// <summary>One HTML file that needs nothing else. Its program is <c>src/ReportPage</c>.</summary>
/// <remarks>
/// What models and datasets wrote cannot become part of the page's code: it lies in data blocks, as JSON without angle brackets or in
/// base64, the page makes text nodes of it, and its policy lets only its own script run, by hash.
/// </remarks>
internal static partial class HtmlPage
{
    /// <param name="title">What the browser calls the page.</param>
    /// <param name="summary">What the page shows: a record whose <c>Page</c> says which page it is.</param>
    /// <param name="samples">Gives the block of samples; an empty text for pages without.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the file cannot be written.</exception>
    internal static Task WriteAsync<T>(string title, T summary, Func<string> samples, string path, CancellationToken cancellationToken)
    {
        string script = Resource("report.js");
        var parts = new Dictionary<string, Func<string>>
        {
            ["title"] = () => HtmlEncoder.Default.Encode(title),
            ["style"] = () => Resource("report.css"),
            ["script-hash"] = () => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script))),
            ["script"] = () => script,
            ["summary"] = () => JsonSerializer.Serialize(summary, ResultsJson.Page),
            ["samples"] = samples,
            // The element ends at the first "</".
            ["licences"] = () => Resource("licences.txt").Replace("<", "‹", StringComparison.Ordinal),
        };
        byte[] page = Encoding.UTF8.GetBytes(Part().Replace(Resource("page.html"), match => parts[match.Groups[1].Value]()));
        return OutputFile.WriteAsync(
            Path.GetFullPath(path), async stream => await stream.WriteAsync(page, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>When the page is made, as it says so at its end.</summary>
    internal static string Made(TimeProvider time) => time.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"\{\{([a-z-]+)\}\}")]
    private static partial Regex Part();
}
