using EvalHarness.Tests.Cli;
using Microsoft.Playwright;

namespace EvalHarness.Tests.Reports;

/// <summary>The page of <c>arena</c> in a real browser.</summary>
[Trait("Speed", "slow")]
public sealed class ArenaPageTests(Chromium chromium) : IClassFixture<Chromium>
{
    [BrowserFact]
    public async Task Page_ShowsTheChartAndTheTables()
    {
        using var folder = new TemporaryFolder();
        string rows = string.Concat(Enumerable.Range(0, 90).Select(i => $"<b>m{i % 3}</b>,<b>m{(i + 1) % 3}</b>,"
            + $"{(i % 4 == 0 ? "model_b" : "model_a")},{new string('x', 3 + (i % 7))},{new string('x', 3 + (i % 5))}\n"));
        string file = folder.Write("battles.csv", "model_a,model_b,winner,answer_a,answer_b\n" + rows);
        await CommandLine.SucceedAsync("arena", "--battles", file, "--controls", "length", "--html", folder["arena.html"]);
        (IPage page, List<string> complaints) = await chromium.OpenAsync(folder["arena.html"]);
        string text = await page.Locator("main").InnerTextAsync();
        string[] expected = ["<b>m0</b>", "90 battles", "Ratings with their 95% intervals", "Won against", "What was held equal"];
        foreach (string shown in expected)
            Assert.Contains(shown, text, StringComparison.Ordinal);
        Assert.Equal(1, await page.Locator("figure svg").CountAsync());
        Assert.Equal(3, await page.Locator("figure svg circle").CountAsync());
        Assert.Equal(0, await page.Locator("main b").CountAsync());
        Assert.DoesNotContain("undefined", text, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
        Assert.Empty(complaints);
    }

    [BrowserFact]
    public async Task Page_ShowsTheJudgesCard()
    {
        using var folder = new TemporaryFolder();
        string docs = Path.Combine(Shared.Repository, "docs", "arena");
        foreach (string model in (string[])["short", "long"])
        {
            string answers = Path.Combine(docs, $"{model}.jsonl");
            await CommandLine.SucceedAsync(
                "run", "--model", $"replay:{answers}", "--tasks", "facts", "--include-path", docs, "--predict-only",
                "--output", folder[model]);
        }

        string judge = $"replay:{Path.Combine(docs, "judge.jsonl")}";
        await CommandLine.SucceedAsync("arena", folder["short"], folder["long"], "--judge", judge, "--output", folder["arena"]);
        (IPage page, List<string> complaints) = await chromium.OpenAsync(folder["arena/arena.html"]);
        string text = await page.Locator("main").InnerTextAsync();
        string[] expected = ["Judged by replay-judge", "Same verdict in both orders", "20 pairs", "leans to the answer that stands first"];
        foreach (string shown in expected)
            Assert.Contains(shown, text, StringComparison.Ordinal);
        Assert.DoesNotContain("undefined", text, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
        Assert.Empty(complaints);
    }
}
