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
    /// <summary>Writes a page without samples.</summary>
    /// <param name="title">What the browser calls the page.</param>
    /// <param name="summary">What the page shows: a record whose <c>Page</c> says which page it is.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the file cannot be written.</exception>
    internal static Task WriteAsync<T>(string title, T summary, string path, CancellationToken cancellationToken) =>
        WriteAsync(title, _ => Task.FromResult(summary), path, cancellationToken);

    /// <summary>Writes a page whose samples are written while they are read, before what sums them up.</summary>
    /// <param name="title">What the browser calls the page.</param>
    /// <param name="samples">Writes the elements with the samples, and gives the summary.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the file cannot be written.</exception>
    internal static Task WriteAsync<T>(
        string title, Func<Stream, Task<T>> samples, string path, CancellationToken cancellationToken)
    {
        string page = Resource("page.html"), script = Resource("report.js");
        return OutputFile.WriteAsync(Path.GetFullPath(path), async stream =>
        {
            string summary = "";
            int written = 0;
            foreach (Match part in Part().Matches(page))
            {
                await WriteTextAsync(stream, page[written..part.Index]).ConfigureAwait(false);
                written = part.Index + part.Length;
                if (part.Groups[1].Value == "samples")
                    summary = JsonSerializer.Serialize(await samples(stream).ConfigureAwait(false), ResultsJson.Page);
                else
                    await WriteTextAsync(stream, TextOf(part.Groups[1].Value)).ConfigureAwait(false);
            }

            await WriteTextAsync(stream, page[written..]).ConfigureAwait(false);

            // The summary stands behind the samples.
            string TextOf(string part) => part switch
            {
                "title" => HtmlEncoder.Default.Encode(title),
                "style" => Resource("report.css"),
                "script-hash" => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script))),
                "script" => script,
                "summary" => summary,
                // The element ends at the first "</".
                "licences" => Resource("licences.txt").Replace("<", "‹", StringComparison.Ordinal),
                _ => throw new InvalidOperationException($"page.html has a part {part} that nothing writes"),
            };
        });

        async Task WriteTextAsync(Stream stream, string text) =>
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken).ConfigureAwait(false);
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
