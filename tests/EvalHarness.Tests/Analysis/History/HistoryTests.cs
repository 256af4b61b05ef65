using System.Text.Json.Nodes;
using EvalHarness.Analysis.History;
using EvalHarness.Html;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Reports;
using MathNet.Numerics.Distributions;
using Microsoft.Playwright;

namespace EvalHarness.Tests.Analysis.History;

public sealed class HistoryTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    private const int Nights = 1_000, StepAt = 612;

    private readonly TemporaryFolder _folder = new();

    private async Task RunAsync(string run, int right)
    {
        TinyData.Fill(_folder);
        string answers = TinyData.WriteAnswers(_folder, "model.jsonl", i => i < right ? $"{2 * i}" : "no");
        await CommandLine.SucceedAsync(
            "run", "--model", $"replay:{answers}", "--tasks", "tiny", "--include-path", _folder["tasks"], "--datasets", _folder["data"],
            "--output", _folder[run], "--quiet");
    }

    [Fact]
    public async Task Index_IsUpdatedRebuiltAndFiltered()
    {
        await RunAsync("results/one", 6);
        await RunAsync("results/nightly/2026-01-01/two", 3);
        Directory.CreateDirectory(_folder["results/unfinished"]);
        _folder.Write("results/unfinished/manifest.json", "{}");
        string[] command = ["history", _folder["results"], "--json"];
        string first = (await CommandLine.SucceedAsync(command)).Output;
        JsonNode series = Assert.Single(JsonNode.Parse(first)!.AsArray())!;
        Assert.Equal(["one", "nightly/2026-01-01/two"], series["points"]!.AsArray().Select(p => (string)p!["run"]!));
        Assert.Equal([1.0, 0.5], series["points"]!.AsArray().Select(p => (double)p!["value"]!));
        string index = _folder[$"results/{HistoryIndex.FileName}"];
        DateTime written = File.GetLastWriteTimeUtc(index);
        Assert.Equal(first, (await CommandLine.SucceedAsync(command)).Output);
        Assert.Equal(written, File.GetLastWriteTimeUtc(index));
        File.Delete(index);
        Assert.Equal(first, (await CommandLine.SucceedAsync(command)).Output);
        await File.WriteAllTextAsync(index, "damaged");
        Assert.Equal(first, (await CommandLine.SucceedAsync(command)).Output);
        Directory.Delete(_folder["results/one"], recursive: true);
        Assert.DoesNotContain("\"one\"", (await CommandLine.SucceedAsync(command)).Output, StringComparison.Ordinal);
        Assert.Equal("[]\n", (await CommandLine.SucceedAsync([.. command, "--task", "other"])).Output);
        Assert.Equal("[]\n", (await CommandLine.SucceedAsync([.. command, "--since", "2999-01-01"])).Output);
        Assert.Contains(
            "| tiny ",
            (await CommandLine.SucceedAsync("history", _folder["results"], "--model", "*", "--device", "*")).Output,
            StringComparison.Ordinal);
    }

    /// <summary>Numbers change with the engine's version, and a reader must not take such a difference for the model's.</summary>
    [Fact]
    public async Task Table_EngineOfAnotherVersion_IsSaidBesideTheRun()
    {
        foreach ((string run, string version) in ((string, string)[])[("results/one", "0.15.2"), ("results/two", "0.18.0")])
        {
            await RunAsync(run, run == "results/one" ? 6 : 5);
            JsonNode manifest = JsonNode.Parse(await File.ReadAllTextAsync(_folder[$"{run}/manifest.json"]))!;
            manifest["model"]!["versions"]!["Microsoft.ML.OnnxRuntimeGenAI"] = version;
            await File.WriteAllTextAsync(_folder[$"{run}/manifest.json"], manifest.ToJsonString());
        }

        string[] lines = (await CommandLine.SucceedAsync("history", _folder["results"])).Output.Split('\n');
        Assert.Contains(
            "Microsoft.ML.OnnxRuntimeGenAI 0.15.2 → 0.18.0",
            Assert.Single(lines, l => l.Contains("| two ", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Assert.DoesNotContain("→", Assert.Single(lines, l => l.Contains("| one ", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Index_DamagedRun_IsLeftOutWithAWarning()
    {
        await RunAsync("results/one", 6);
        await RunAsync("results/two", 6);
        await File.WriteAllTextAsync(_folder["results/two/results.json"], "{");
        CommandLineResult result = await CommandLine.SucceedAsync("history", _folder["results"]);
        Assert.Contains("left out: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("results.json: damaged", result.Error, StringComparison.Ordinal);
    }

    /// <summary>
    /// Three models, three tasks; on one night a package changed, and one model lost four points and a fifth of its speed.
    /// </summary>
    private static IEnumerable<HistoryEntry> Synthetic()
    {
        var random = new Random(20261121);
        DateTimeOffset first = new(2024, 2, 26, 1, 0, 0, TimeSpan.Zero);
        foreach (int night in Enumerable.Range(0, Nights))
        {
            foreach (string model in (string[])["phi-fp16", "phi-int8", "phi-int4"])
            {
                bool stepped = model == "phi-int4" && night >= StepAt;
                yield return new HistoryEntry
                {
                    Format = HistoryEntry.CurrentFormat,
                    Run = $"nightly/{first.AddDays(night):yyyy-MM-dd}/{model}",
                    Stamp = "",
                    Started = first.AddDays(night),
                    Model = model,
                    Device = "cpu",
                    Circumstances = new Dictionary<string, string>
                    {
                        ["ONNX Runtime"] = night >= StepAt ? "1.29.0" : "1.28.1",
                        ["model files"] = night >= 300 ? "b" : "a",
                    },
                    Decode = Normal.Sample(random, 100, 2) * (stepped ? 0.8 : 1),
                    Prefill = Normal.Sample(random, 900, 20),
                    PeakMemory = 4L << 30,
                    Scores = [.. ((string[])["mmlu", "gsm8k", "humaneval"]).Select(task => new HistoryScore
                    {
                        Task = task,
                        Metric = "acc",
                        Filter = "none",
                        HigherIsBetter = true,
                        Value = Normal.Sample(random, 0.6 - (stepped && task == "gsm8k" ? 0.04 : 0), 0.004),
                        StandardError = 0.01,
                        Count = 1_319,
                        TaskHash = "t",
                        DataHash = "d",
                    })],
                };
            }
        }
    }

    [Fact]
    public void Series_PlantedStep_IsNamedAndNoOtherIs()
    {
        IReadOnlyList<HistorySeries> series = HistorySeries.Of(Synthetic());
        Assert.Equal(9, series.Count);
        HistoryStep[] scores = [.. series.SelectMany(s => s.Steps.Where(step => step.Measure == "score"))];
        HistoryStep step = Assert.Single(scores);
        Assert.Equal(StepAt, step.At);
        Assert.Matches(
            @"^since 2025-10-30: score 0\.(59|60)\d\d → 0\.(55|56)\d\d \(-(3\.9|4\.0)\d points, "
            + @"95% interval -4\.1\d to -3\.8\d\), with ONNX Runtime 1\.28\.1 → 1\.29\.0$",
            step.What);
        Assert.Contains(
            series.Single(s => s.Model == "phi-int4" && s.Task == "mmlu").Steps,
            s => s.Measure == "decode" && s.What.Contains("(0.80 x), with ONNX Runtime", StringComparison.Ordinal));
        Assert.All(series.Where(s => s.Model != "phi-int4"), s => Assert.Empty(s.Steps));
    }

    [BrowserFact]
    [Trait("Speed", "slow")]
    public async Task Page_OfAThousandNights_OpensAndNamesTheStep()
    {
        string file = _folder["history.html"];
        await HistoryPage.WriteAsync(HistorySeries.Of(Synthetic()), file, TimeProvider.System, CancellationToken.None);
        (IPage page, List<string> complaints) = await chromium.OpenAsync(file);
        await page.WaitForSelectorAsync(".series svg");
        string text = await page.Locator("main").InnerTextAsync();
        Assert.Contains("3000 runs, 2024-02-26 to 2026-11-21.", text, StringComparison.Ordinal);
        Assert.Contains("since 2025-10-30: score 0.", text, StringComparison.Ordinal);
        Assert.Contains("with ONNX Runtime 1.28.1 → 1.29.0", text, StringComparison.Ordinal);
        await page.SelectOptionAsync(".controls select >> nth=0", "phi-int4");
        await page.SelectOptionAsync(".controls select >> nth=1", "gsm8k");
        await page.WaitForSelectorAsync(".series svg");
        Assert.Equal(1, await page.Locator(".place").CountAsync());
        Assert.Equal(4, await page.Locator(".series svg[viewBox]").CountAsync());
        Assert.Equal(4, await page.Locator(".series svg g[aria-label=line] path").CountAsync());
        Assert.Equal("var(--chart)", await page.Locator(".series svg g[aria-label=line]").First.GetAttributeAsync("stroke"));
        Assert.Empty(complaints);
    }

    public void Dispose() => _folder.Dispose();
}
