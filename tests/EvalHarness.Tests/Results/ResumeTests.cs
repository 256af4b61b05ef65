using System.Diagnostics;
using System.Text.Json.Nodes;
using EvalHarness.OnnxRuntimeGenAI;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Results;

public sealed class ResumeTests : IDisposable
{
    private const int Kills = 20;

    private readonly TemporaryFolder _folder = new();

    private string[] Arguments(string output) =>
        ["run", "--model", Shared.Model("int8"), "--datasets", Shared.Hub, "--tasks", "mmlu_anatomy,gsm8k", "--num-fewshot", "1", "--limit", "12", "--output", _folder[output]];

    private static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo("dotnet", [typeof(EvalHarness.Cli.Program).Assembly.Location, .. arguments])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    /// <summary>Wherever a run is cut off, the resumed one gives an uninterrupted run's files.</summary>
    [SharedFact]
    public async Task Run_KilledAtRandomMoments_ResumesToTheSameFiles()
    {
        var clock = Stopwatch.StartNew();
        using (Process whole = Start(Arguments("whole")))
            await whole.WaitForExitAsync();
        int duration = (int)clock.ElapsedMilliseconds;
        var random = new Random(20261121);
        int withResponses = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            string name = $"killed{kill}";
            using (Process run = Start(Arguments(name)))
            {
                await Task.Delay(random.Next(duration / 5, duration));
                run.Kill();
                await run.WaitForExitAsync();
            }

            string journal = _folder[$"{name}/responses.jsonl"];
            withResponses += File.Exists(journal) && new FileInfo(journal).Length > 0 ? 1 : 0;
            // Killed before its manifest was written, a run has nothing to resume and is started again.
            bool begun = File.Exists(_folder[$"{name}/manifest.json"]);
            using Process again = begun ? Start("run", "--resume", _folder[name]) : Start(Arguments(name));
            string error = await again.StandardError.ReadToEndAsync();
            await again.WaitForExitAsync();
            Assert.True(again.ExitCode == 0, error);
            RunComparison.AssertEqual(_folder["whole"], _folder[name]);
        }

        Assert.True(withResponses >= 10, $"only {withResponses} of {Kills} kills came in the middle of the run");
    }

    /// <summary>Two runs of one model are the same; the quantization levels of one model are not.</summary>
    [SharedFact]
    public async Task Run_EachVariantTwice_EqualsItselfAndNoOther()
    {
        var scores = new HashSet<string>();
        foreach (string variant in (string[])["fp32", "int8", "int4"])
        {
            foreach (string turn in (string[])["first", "second"])
                await CommandLine.SucceedAsync(["run", "--model", Shared.Model(variant), .. Arguments($"{variant}-{turn}")[3..], "--quiet"]);
            RunComparison.AssertEqual(_folder[$"{variant}-first"], _folder[$"{variant}-second"]);
            scores.Add((await CommandLine.SucceedAsync("show", _folder[$"{variant}-first"], "--task", "mmlu_anatomy", "--doc", "0", "--json")).Output);
        }

        Assert.Equal(3, scores.Count);
    }

    [SharedFact]
    public async Task Run_Interrupted_SaysHowToResumeAndExits130()
    {
        using Process run = Start([.. Arguments("stopped")[..^4], "--limit", "500", "--output", _folder["stopped"]]);
        string journal = _folder["stopped/responses.jsonl"];
        while (!File.Exists(journal) || new FileInfo(journal).Length == 0)
            await Task.Delay(20);
        using Process signal = Process.Start("kill", [$"-{(InterruptIsIgnored() ? "TERM" : "INT")}", $"{run.Id}"]);
        string error = await run.StandardError.ReadToEndAsync();
        await run.WaitForExitAsync();
        Assert.Equal(130, run.ExitCode);
        Assert.Contains($"stopped; continue with: evalharness run --resume {_folder["stopped"]}", error, StringComparison.Ordinal);
        Assert.Contains("\"interrupted\"", await File.ReadAllTextAsync(_folder["stopped/manifest.json"]), StringComparison.Ordinal);
    }

    /// <summary>Shells start background jobs so, and their children inherit it; the program stops the same way for both signals.</summary>
    private static bool InterruptIsIgnored()
    {
        const string field = "SigIgn:", file = "/proc/self/status";
        string? mask = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal)) : null;
        // Bit n-1 is signal n; SIGINT is 2.
        return mask is not null && (Convert.ToUInt64(mask[field.Length..].Trim(), 16) & 2) != 0;
    }

    [Fact]
    public async Task Resume_WhatDiffers_IsRefusedByName()
    {
        TinyData.Fill(_folder);
        await CommandLine.SucceedAsync(TinyData.Run(_folder, "--limit", "4"));
        string run = _folder["run"];
        async Task RefusedAsync(string fragment, params string[] more)
        {
            CommandLineResult result = await CommandLine.RunAsync(["run", "--resume", run, .. more]);
            Assert.True(result.ExitCode == (int)ExitCode.ResumeRefused, result.Error);
            Assert.Contains(fragment, result.ErrorLine, StringComparison.Ordinal);
        }

        await CommandLine.SucceedAsync("run", "--resume", run);
        await RefusedAsync("task tiny differs: the run had definition", "--limit", "5");
        await RefusedAsync("seed differs: the run had 1234, now it is 7", "--seed", "7");
        _folder.Write("other.jsonl", "");
        await RefusedAsync("model file answers.jsonl differs", "--model", $"replay:{_folder["other.jsonl"]}");
        _folder.Write("tasks/tiny.yaml", TinyData.Task + "\ndescription: other");
        await RefusedAsync("task tiny differs");
        _folder.Write("tasks/tiny.yaml", TinyData.Task);
        TinyData.WriteShard(_folder["data"], "test-00000-of-00001.parquet", Enumerable.Range(1, 6).Select(TinyData.MakeRow));
        await RefusedAsync("shard org/tiny/main/test-00000-of-00001.parquet differs");
    }

    /// <summary>Another version of the engine gives other numbers: half a run with each would be neither's.</summary>
    [SharedFact]
    public async Task Resume_EngineOfAnotherVersion_IsRefused()
    {
        string run = _folder["run"], manifest = Path.Combine(run, "manifest.json");
        await CommandLine.SucceedAsync("run", "--model", Shared.Model("int4"), "--tasks", "mmlu_anatomy", "--limit", "2", "--datasets", Shared.Hub, "--output", run, "--quiet");
        JsonNode json = JsonNode.Parse(await File.ReadAllTextAsync(manifest))!;
        JsonNode versions = json["model"]!["versions"]!;
        Assert.Equal((GenAiRuntime.Version, GenAiRuntime.OnnxRuntimeVersion), ((string)versions["Microsoft.ML.OnnxRuntimeGenAI"]!, (string)versions["ONNX Runtime"]!));
        versions["Microsoft.ML.OnnxRuntimeGenAI"] = "0.15.2";
        await File.WriteAllTextAsync(manifest, json.ToJsonString());
        CommandLineResult result = await CommandLine.RunAsync(["run", "--resume", run]);
        Assert.Equal((int)ExitCode.ResumeRefused, result.ExitCode);
        Assert.Contains($"Microsoft.ML.OnnxRuntimeGenAI differs: the run had 0.15.2, now it is {GenAiRuntime.Version}", result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>A run's own journal is a recording: graded again without the model, it gives the same numbers.</summary>
    /// <summary>Scores and completions do not know whether prefixes were shared, or how many sequences were computed side by side.</summary>
    [SharedTheory]
    [InlineData("--no-prefix-reuse")]
    [InlineData("--workers", "2")]
    public async Task Run_AnotherWay_GivesTheSameFiles(params string[] way)
    {
        string[] Quantized(string run) => ["run", "--model", Shared.Model("int8"), "--tasks", "mmlu_anatomy,gsm8k", "--num-fewshot", "5", "--limit", "4", "--datasets", Shared.Hub, "--output", _folder[run], "--quiet"];
        await CommandLine.SucceedAsync(Quantized("shared"));
        await CommandLine.SucceedAsync([.. Quantized("another"), .. way]);
        RunComparison.AssertEqual(_folder["shared"], _folder["another"]);
    }

    /// <summary>Batches or not was chosen by rates measured then, and is not measured anew.</summary>
    [SharedFact]
    public async Task Resume_AutomaticBatches_ChoosesByTheFirstRunsRates()
    {
        string[] run = ["run", "--model", Shared.Model("int4"), "--tasks", "gsm8k", "--limit", "2", "--datasets", Shared.Hub, "--output", _folder["auto"], "--batch-size", "auto"];
        CommandLineResult first = await CommandLine.SucceedAsync(run);
        Assert.Contains("force with --batch-size", first.Error, StringComparison.Ordinal);
        string manifest = await File.ReadAllTextAsync(_folder["auto/manifest.json"]);
        string journal = await File.ReadAllTextAsync(_folder["auto/responses.jsonl"]);
        await File.WriteAllTextAsync(_folder["auto/responses.jsonl"], journal[..(journal.IndexOf('\n', StringComparison.Ordinal) + 1)]);
        CommandLineResult second = await CommandLine.SucceedAsync("run", "--resume", _folder["auto"]);
        static string Choice(string error) => error.Split('\n').Single(l => l.Contains("force with", StringComparison.Ordinal));
        Assert.Equal(Choice(first.Error), Choice(second.Error));
        Assert.Contains("\"rates\"", manifest, StringComparison.Ordinal);
    }

    [SharedFact]
    public async Task Journal_Replayed_GivesTheSameScores()
    {
        await CommandLine.SucceedAsync([.. Arguments("model"), "--quiet"]);
        await CommandLine.SucceedAsync(["run", "--model", $"replay:{_folder["model/responses.jsonl"]}", .. Arguments("replayed")[3..], "--quiet"]);
        CommandLineResult first = await CommandLine.SucceedAsync("show", _folder["model"]), second = await CommandLine.SucceedAsync("show", _folder["replayed"]);
        // Below the table stands what the model's work cost, of which a replay has none.
        Assert.Equal(first.Output.Split("\n\n")[0], second.Output.TrimEnd());
    }

    public void Dispose() => _folder.Dispose();
}
