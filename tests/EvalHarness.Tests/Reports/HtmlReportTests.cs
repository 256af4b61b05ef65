using EvalHarness.Html;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Results;
using Microsoft.Playwright;

namespace EvalHarness.Tests.Reports;

/// <summary>report.html in a real browser.</summary>
[Trait("Speed", "slow")]
public sealed class HtmlReportTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    /// <summary>Texts by which a model might try to run a script, break out of its element, or fetch something.</summary>
    private const string Hostile = "</script></pre><script>alert(1)</script><img src=x onerror=alert(2)>{{script}}<!--<script>";

    private readonly TemporaryFolder _folder = new();

    private async Task<string> RunAsync(string name, Func<int, string> answer)
    {
        TinyData.Fill(_folder);
        TinyData.WriteAnswers(_folder, $"{name}.jsonl", answer);
        await CommandLine.SucceedAsync(
            "run", "--model", $"replay:{_folder[$"{name}.jsonl"]}", "--tasks", "tiny", "--include-path", _folder["tasks"],
            "--datasets", _folder["data"], "--output", _folder[name], "--quiet");
        return _folder[name];
    }

    private static string Right(int i) => $"{2 * i}";

    /// <summary>Types a text and waits until all samples have been looked through.</summary>
    private static async Task SearchAsync(IPage page, string text)
    {
        await page.FillAsync("input[type=search]", text);
        await page.WaitForSelectorAsync("#browser:not([data-searching])");
    }

    private static Task<int> LinesAsync(IPage page) => page.Locator("#lines tr").CountAsync();

    [BrowserFact]
    public async Task Report_OfOneRun_ShowsScoresAndSamples()
    {
        string run = await RunAsync("one", i => i == 2 ? "5" : Right(i));
        Assert.Equal(Path.Combine(run, "report.html"), (await CommandLine.SucceedAsync("report", run)).Output.TrimEnd());
        (IPage page, List<string> complaints) = await chromium.OpenAsync(Path.Combine(run, "report.html"));
        Assert.Contains("0.8333 [0.436, 0.970]", await page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(6, await LinesAsync(page));
        await page.SelectOptionAsync("#browser select >> nth=1", "wrong0");
        Assert.Equal(1, await LinesAsync(page));
        await page.ClickAsync("#lines button");
        string sample = await page.Locator("dialog").InnerTextAsync();
        Assert.Contains("Q: What is 2 + 2?\nA:", sample, StringComparison.Ordinal);
        Assert.DoesNotContain("↵", sample, StringComparison.Ordinal);
        await page.CheckAsync("dialog input[type=checkbox]");
        Assert.Contains("Q:·What·is·2·+·2?↵\nA:", await page.Locator("dialog").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Empty(complaints);
    }

    [BrowserFact]
    public async Task Report_OfTwoRuns_FlipsLeadToBothCompletions()
    {
        string left = await RunAsync("left", Right), right = await RunAsync("right", i => i is 1 or 4 ? $"perhaps {i}{i}" : Right(i));
        string file = (await CommandLine.SucceedAsync("report", left, right)).Output.TrimEnd();
        Assert.Equal(_folder["report.html"], file);
        (IPage page, List<string> complaints) = await chromium.OpenAsync(file);
        await page.ClickAsync("button[title='show the samples lost']");
        Assert.Equal(2, await LinesAsync(page));
        await page.ClickAsync("#lines tr:nth-child(2) button");
        string[] sides = [.. await page.Locator("dialog .sides > div").AllInnerTextsAsync()];
        Assert.Contains("8", sides[0], StringComparison.Ordinal);
        Assert.Contains("perhaps 44", sides[1], StringComparison.Ordinal);
        await page.ClickAsync("dialog >> text=‹ earlier");
        Assert.Contains("perhaps 11", await page.Locator("dialog").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Empty(complaints);
    }

    [BrowserFact]
    public async Task Report_Prices_StandInTheTableAndTheChart()
    {
        using var runs = new PricedRuns();
        string left = await runs.RunAsync("left", right: 6), right = await runs.RunAsync("right", right: 4);
        string prices = runs.Prices(
            "replay-left: {per_million_input: 1, per_million_output: 5}", "replay-right: {per_million_input: 10, per_million_output: 50}");
        string file = (await CommandLine.SucceedAsync("report", left, right, "--prices", prices)).Output.TrimEnd();
        (IPage page, List<string> complaints) = await chromium.OpenAsync(file);
        string table = await page.Locator("table").First.InnerTextAsync();
        Assert.Contains("Device\tPrompt tokens\tCompletion tokens\tCost USD\tUSD per million tokens\t", table, StringComparison.Ordinal);
        Assert.Contains("\t6000\t300\t0.00750\t1.19\t0.00125", table, StringComparison.Ordinal);
        Assert.Contains("\t6000\t300\t0.07500\t11.90\t0.01875", table, StringComparison.Ordinal);
        Assert.Contains("Cost, USD", await page.Locator(".frontier").TextContentAsync(), StringComparison.Ordinal);
        Assert.Contains("Cost: of the run's answers to the tasks", await page.Locator(".notes").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Empty(complaints);
        await CommandLine.SucceedAsync("report", left, "--prices", prices);
        (page, _) = await chromium.OpenAsync(Path.Combine(left, "report.html"));
        Assert.Contains("\t0.00125", await page.Locator("table").First.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("answers to its tasks", await page.Locator(".notes").InnerTextAsync(), StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task Report_HostileCompletions_StayText()
    {
        string left = await RunAsync("left", i => $"{Right(i)}{Hostile}"), right = await RunAsync("right", i => $"{Hostile}{i}");
        await CommandLine.SucceedAsync("report", left, right, "--output", _folder["hostile.html"]);
        (IPage page, List<string> complaints) = await chromium.OpenAsync(_folder["hostile.html"]);
        await page.ClickAsync("#lines button");
        Assert.Contains(Hostile, await page.Locator("dialog").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await page.Locator("img, iframe, link").CountAsync());
        Assert.Equal(1, await page.EvaluateAsync<int>("document.querySelectorAll('script:not([type])').length"));
        Assert.Empty(complaints);
        // The policy stands even if an element were made: a script without the hash does not run.
        await page.EvaluateAsync(
            "() => { const s = document.createElement('script'); s.textContent = 'window.ran = true'; document.body.append(s); }");
        Assert.False(await page.EvaluateAsync<bool>("window.ran === true"));
    }

    [BrowserFact]
    public async Task Report_SearchAndPages_FindSamples()
    {
        string run = await RunAsync("one", i => $"{Right(i)} Ünïcode <b>{i}</b>");
        await CommandLine.SucceedAsync("report", run);
        (IPage page, _) = await chromium.OpenAsync(Path.Combine(run, "report.html"));
        await SearchAsync(page, "ÜNÏCODE <b>3");
        Assert.Equal(1, await LinesAsync(page));
        Assert.Equal("1 of 6 samples", await page.Locator("#count").InnerTextAsync());
        await SearchAsync(page, "no such text");
        Assert.Equal(0, await LinesAsync(page));
    }

    /// <summary>Six documents in three chunks of two runs: what is looked at is unpacked from whichever chunk it is in.</summary>
    [BrowserFact]
    public async Task Report_OfSeveralChunks_FindsFiltersAndSearchesThemAll()
    {
        string left = await RunAsync("left", Right), right = await RunAsync("right", i => i is 1 or 4 ? $"perhaps {i}{i}" : Right(i));
        RunFolder[] runs = [RunFolder.Open(left), RunFolder.Open(right)];
        await HtmlReport.WriteAsync(
            runs, _folder["chunks.html"], TimeProvider.System, CancellationToken.None, size: new ReportChunkSize(2, 1_000));
        (IPage page, List<string> complaints) = await chromium.OpenAsync(_folder["chunks.html"]);
        Assert.Equal(3, await page.Locator("script[id^=chunk]").CountAsync());
        Assert.Equal("6 of 6 samples", await page.Locator("#count").InnerTextAsync());

        await page.FillAsync("input[type=number]", "5");
        Assert.Equal(1, await LinesAsync(page));
        await page.ClickAsync("#lines button");
        Assert.Contains("Q: What is 5 + 5?\nA:", await page.Locator("dialog").InnerTextAsync(), StringComparison.Ordinal);
        await page.ClickAsync("dialog >> text=close");
        await page.FillAsync("input[type=number]", "");

        await page.SelectOptionAsync("#browser select >> nth=1", "other1");
        Assert.Equal(["tiny 1", "tiny 4"], await page.Locator("#lines button").AllInnerTextsAsync());
        await page.ClickAsync("#lines tr:nth-child(1) button");
        await page.ClickAsync("dialog >> text=later ›");
        await page.WaitForSelectorAsync("dialog >> text=perhaps 44");
        await page.ClickAsync("dialog >> text=close");

        await SearchAsync(page, "perhaps");
        Assert.Equal(["tiny 1", "tiny 4"], await page.Locator("#lines button").AllInnerTextsAsync());
        await page.SelectOptionAsync("#browser select >> nth=1", "all");
        await SearchAsync(page, "3 + 3?");
        Assert.Equal(["tiny 3"], await page.Locator("#lines button").AllInnerTextsAsync());
        await page.WaitForFunctionAsync("document.querySelector('.excerpt').textContent.includes('3 + 3?')");
        // What all prompts begin with is not searched, though each chunk has its own copy of it.
        await SearchAsync(page, "Q: What is");
        Assert.Equal(0, await LinesAsync(page));
        Assert.Empty(complaints);
    }

    /// <summary>A search that is stopped keeps what it has found.</summary>
    [BrowserFact]
    public async Task Report_SearchThatIsStopped_KeepsItsHits()
    {
        string run = await RunAsync("one", Right);
        await HtmlReport.WriteAsync(
            [RunFolder.Open(run)],
            _folder["chunks.html"],
            TimeProvider.System,
            CancellationToken.None,
            size: new ReportChunkSize(1, 1_000));
        (IPage page, _) = await chromium.OpenAsync(_folder["chunks.html"]);
        // The button is clicked from the page as soon as there is a line, before the next chunk is unpacked.
        await page.EvaluateAsync("""
            new MutationObserver((_, self) => {
              if (document.querySelectorAll('#lines tr').length !== 1) return;
              self.disconnect();
              document.getElementById('stop').click();
            }).observe(document.getElementById('lines'), { childList: true })
            """);
        await SearchAsync(page, "?");
        await Task.Delay(200);
        Assert.Equal(["tiny 0"], await page.Locator("#lines button").AllInnerTextsAsync());
        Assert.Equal("1 of 6 samples", await page.Locator("#count").InnerTextAsync());
        Assert.False(await page.Locator("#stop").IsVisibleAsync());
    }

    [Fact]
    public async Task Report_OtherPrompts_IsRefused()
    {
        string left = await RunAsync("left", Right);
        TinyData.Fill(_folder, TinyData.Task.Replace("Q: ", "Question: ", StringComparison.Ordinal));
        await CommandLine.RunAsync(
            "run", "--model", $"replay:{_folder["left.jsonl"]}", "--tasks", "tiny", "--include-path", _folder["tasks"],
            "--datasets", _folder["data"], "--output", _folder["other"], "--quiet");
        CommandLineResult result = await CommandLine.RunAsync("report", left, _folder["other"]);
        Assert.Equal((int)ExitCode.Incomparable, result.ExitCode);
        Assert.Empty(Directory.GetFiles(_folder.Path, "report.html*"));
    }

    [Fact]
    public async Task Report_NoRun_SaysSo()
    {
        CommandLineResult result = await CommandLine.RunAsync("report", _folder["nothing"]);
        Assert.Equal((int)ExitCode.Output, result.ExitCode);
        Assert.Contains("expected the folder of a run", result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>On a phone the page itself does not scroll sideways; a wide table scrolls inside its own box.</summary>
    [BrowserFact]
    public async Task Report_OnAPhone_FitsItsWidth()
    {
        string left = await RunAsync("left", Right), right = await RunAsync("right", i => $"{i}");
        string file = (await CommandLine.SucceedAsync("report", left, right)).Output.TrimEnd();
        (IPage page, _) = await chromium.OpenAsync(file, width: 390);
        Assert.Equal(390, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
    }

    public void Dispose() => _folder.Dispose();
}
