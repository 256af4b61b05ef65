using EvalHarness.Analysis.Receipts;

namespace EvalHarness.Html;

/// <summary>A receipt as one HTML file, with a chart of the divergence by position.</summary>
internal static class ReceiptPage
{
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the file cannot be written.</exception>
    public static Task WriteAsync(Receipt receipt, string path, TimeProvider time, CancellationToken cancellationToken)
    {
        string title = $"{string.Join(", ", receipt.Candidates.Select(c => c.Run.Name))} against {receipt.Base.Name}";
        var summary = new
        {
            Page = "receipt",
            Title = title,
            Made = HtmlPage.Made(time),
            Version = receipt.ToolVersion,
            Receipt = receipt,
        };
        return HtmlPage.WriteAsync(title, summary, path, cancellationToken);
    }
}
