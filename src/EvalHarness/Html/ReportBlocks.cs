using System.Buffers.Text;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace EvalHarness.Html;

/// <summary>
/// Data of the page, each block in an element of its own as gzip in base64, which <c>src/ReportPage/src/store.js</c> unpacks when it is
/// looked at.
/// </summary>
internal sealed class ReportBlocks(Stream page, CancellationToken cancellationToken)
{
    private const int Buffered = 1 << 16;

    /// <summary>How many blocks of each kind there are.</summary>
    private readonly Dictionary<string, int> _counts = [];

    internal int Count(string kind) => _counts.GetValueOrDefault(kind);

    /// <param name="kind">What is in it; the element is called so, with its number among those of its kind.</param>
    /// <param name="write">Writes what is in it.</param>
    internal async Task WriteAsync(string kind, Action<Stream> write)
    {
        using var packed = new MemoryStream();
        using (var buffer = new BufferedStream(new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true), Buffered))
            write(buffer);
        byte[] text = new byte[Base64.GetMaxEncodedToUtf8Length((int)packed.Length)];
        Base64.EncodeToUtf8(packed.GetBuffer().AsSpan(0, (int)packed.Length), text, out _, out int length);
        string id = string.Create(CultureInfo.InvariantCulture, $"{kind}{Count(kind)}");
        _counts[kind] = Count(kind) + 1;
        await page.WriteAsync(Encoding.UTF8.GetBytes($"<script type=\"application/octet-stream\" id=\"{id}\">"), cancellationToken)
            .ConfigureAwait(false);
        await page.WriteAsync(text.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
        await page.WriteAsync("</script>\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
    }
}
