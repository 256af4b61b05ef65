using EvalHarness.Tests.Analysis.Receipts;
using Microsoft.Playwright;

namespace EvalHarness.Tests.Reports;

/// <summary>receipt.html in a real browser.</summary>
[Trait("Speed", "slow")]
public sealed class ReceiptPageTests(Chromium chromium, ReceiptRuns runs) : IClassFixture<Chromium>, IClassFixture<ReceiptRuns>
{
    [BrowserFact]
    public async Task Receipt_Page_ShowsTheTablesAndTheChart()
    {
        string file = (await runs.MakeAsync(runs["fp32"], runs["int4"])).File;
        (IPage page, List<string> complaints) = await chromium.OpenAsync(Path.ChangeExtension(file, ".html"));
        string text = await page.Locator("main").InnerTextAsync();
        string[] expected =
            ["tiny-int4 against tiny-fp32", "Recovery", "quick_mmlu_reading", "MatMulNBits 4 bits", "Candidate perplexity"];
        foreach (string shown in expected)
            Assert.Contains(shown, text, StringComparison.Ordinal);
        Assert.Equal(1, await page.Locator("figure svg").CountAsync());
        Assert.DoesNotContain("undefined", text, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
        Assert.Empty(complaints);
    }
}
