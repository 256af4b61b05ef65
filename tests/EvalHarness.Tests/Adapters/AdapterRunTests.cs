using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Nightly;

namespace EvalHarness.Tests.Adapters;

/// <summary><c>run --adapter</c>: a model and its adapters over the same tasks, in one folder.</summary>
[Trait("Speed", "slow")]
public sealed class AdapterRunTests : IDisposable
{
    private const int Seed = 7;

    private readonly LoraModel _model = new();
    private readonly string _law, _tiny;

    public AdapterRunTests() => (_law, _tiny) = (_model.Adapter("law", Seed, size: 2), _model.Adapter("tiny", Seed + 1, size: 1e-4));

    private string All => _model["all"];

    private string RunOf(string name) => Path.Combine(All, name);

    private static string[] Arguments(string output, string model, params string[] more) =>
    [
        "run", "--model", model, "--tasks", "quick_gsm8k,quick_mmlu_reading", "--datasets", Path.Combine(Shared.Repository, "datasets"),
        "--output", output, .. more.Contains("--limit") ? (string[])[] : ["--limit", "16"], .. more,
    ];

    private string[] Adapters(string files, params string[] more) => Arguments(All, _model.Folder, ["--adapter", files, .. more]);

    private static Dictionary<string, string> Files(string folder) => Directory
        .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .ToDictionary(f => f, f => $"{File.GetLastWriteTimeUtc(f):O} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))}");

    [Fact]
    public async Task Run_TwoAdapters_ComparesEachWithTheModelAlone()
    {
        CommandLineResult result = await CommandLine.SucceedAsync(Adapters($"{_law},{_tiny}"));
        Assert.Equal(
            ["matrix.json", "tiny-lora", "tiny-lora+law", "tiny-lora+tiny"],
            Directory.GetFileSystemEntries(All).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        Manifest plain = new RunFolder(RunOf("tiny-lora")).ReadManifest(), law = new RunFolder(RunOf("tiny-lora+law")).ReadManifest();
        Assert.Equal(plain.Model.Files, law.Model.Files);
        Assert.Null(plain.Model.Adapter);
        Assert.Equal("law.onnx_adapter", law.Model.Adapter!.Name);
        Assert.Equal(new FileInfo(_law).Length, law.Model.Adapter.Bytes);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(_law))), law.Model.Adapter.Sha256);
        Assert.Contains(law.Identity(), i => i.Key == "adapter law.onnx_adapter" && i.Value == law.Model.Adapter.Sha256);
        string[] lines = result.Output.Split('\n');
        Assert.Single(lines, l => l.StartsWith("tiny-lora+law forgot: quick_gsm8k ", StringComparison.Ordinal)
            && l.Contains(" points [-", StringComparison.Ordinal));
        Assert.Single(lines, l => l.StartsWith("tiny-lora+tiny forgot: nothing that these samples show", StringComparison.Ordinal));

        CommandLineResult compared = await CommandLine.SucceedAsync("compare", RunOf("tiny-lora"), RunOf("tiny-lora+law"));
        Assert.Contains("| candidate | tiny-lora+law | cpu ", compared.Output, StringComparison.Ordinal);
        Assert.Contains("\ntiny-lora+law forgot: quick_gsm8k ", compared.Output, StringComparison.Ordinal);
        string page = _model["page.html"];
        await CommandLine.SucceedAsync("report", RunOf("tiny-lora"), RunOf("tiny-lora+law"), "--output", page);
        // The page's data is JSON in which a plus sign is escaped.
        Assert.Contains("law forgot: quick_gsm8k ", File.ReadAllText(page), StringComparison.Ordinal);
    }

    /// <summary>The whole way, and not the engine alone: answers and scores of a model with the adapter's weights in it.</summary>
    [Fact]
    public async Task Run_Adapter_GivesTheRunOfMergedWeights()
    {
        await CommandLine.SucceedAsync(Adapters(_model.Adapter("some", Seed, size: 0.1)));
        await CommandLine.SucceedAsync(Arguments(_model["whole"], _model.Merged("merged", Seed, size: 0.1)));
        RunReport adapted = new RunFolder(RunOf("tiny-lora+some")).ReadResults(), merged = new RunFolder(_model["whole"]).ReadResults();
        static IEnumerable<string> Scores(RunReport report) => report.Rows.Select(r => $"{r.Name} {r.Metric} {r.Filter} {r.Value}");
        Assert.Equal(Scores(merged), Scores(adapted));
        string[] lines = (await CommandLine.SucceedAsync("compare", _model["whole"], RunOf("tiny-lora+some"))).Output.Split('\n');
        Assert.Contains(lines, l => l.Contains("quick_gsm8k", StringComparison.Ordinal) && l.Contains("100.0%", StringComparison.Ordinal));

        // A receipt computes with the adapter too.
        double ofAdapter = await DivergenceAsync("tiny-lora+some", RunOf("tiny-lora+some"));
        Assert.True(ofAdapter > 3e-4, $"{ofAdapter}");
        Assert.Equal(await DivergenceAsync("merged", _model["whole"]), ofAdapter, 1e-5);
    }

    /// <summary>The mean divergence of a run's model from the base, in nats, by a receipt.</summary>
    private async Task<double> DivergenceAsync(string name, string run)
    {
        string receipt = _model[$"receipt-{name}"];
        CommandLineResult made = await CommandLine.SucceedAsync(
            "receipt", RunOf("tiny-lora"), run, "--documents", "4", "--output", receipt, "--json");
        return (double)JsonNode.Parse(made.Output)!["candidates"]![0]!["divergence"]!["all"]!["divergence"]!["value"]!;
    }

    [Fact]
    public async Task Resume_Killed_GoesOnWithWhatIsMissing()
    {
        string[] uninterrupted = Arguments(_model["once"], _model.Folder, "--adapter", _law, "--no-prefix-reuse", "--quiet");
        await CommandLine.SucceedAsync(uninterrupted);
        using (Process killed = NightFolder.Start([.. Adapters(_law), "--no-prefix-reuse"]))
        {
            string journal = Path.Combine(RunOf("tiny-lora+law"), "responses.jsonl");
            while (!File.Exists(journal) || new FileInfo(journal).Length < 2_000)
            {
                Assert.False(killed.HasExited, "the run ended before it was killed");
                await Task.Delay(10);
            }

            killed.Kill();
            await killed.WaitForExitAsync();
        }

        Dictionary<string, string> before = Files(RunOf("tiny-lora"));
        CommandLineResult resumed = await CommandLine.SucceedAsync("run", "--resume", All);
        Assert.Contains(" responses are already there", resumed.Error, StringComparison.Ordinal);
        Assert.Contains("tiny-lora+law forgot: ", resumed.Output, StringComparison.Ordinal);
        Assert.Equal(before, Files(RunOf("tiny-lora")));
        Assert.Equal(
            new RunFolder(Path.Combine(_model["once"], "tiny-lora+law")).ReadResults().Rows.Select(r => r.Value),
            new RunFolder(RunOf("tiny-lora+law")).ReadResults().Rows.Select(r => r.Value));

        Dictionary<string, string> all = Files(All);
        await CommandLine.SucceedAsync("run", "--resume", All);
        await CommandLine.SucceedAsync("run", "--resume", RunOf("tiny-lora+law"));
        Assert.Equal(all, Files(All));
    }

    [Fact]
    public async Task Resume_AnotherFileUnderTheName_IsRefused()
    {
        await CommandLine.SucceedAsync(Adapters(_law, "--limit", "2", "--quiet"));
        Dictionary<string, string> before = Files(All);
        _model.Adapter("law", Seed + 2);
        foreach (string folder in (string[])[All, RunOf("tiny-lora+law")])
        {
            CommandLineResult refused = await CommandLine.RunAsync("run", "--resume", folder);
            Assert.Equal((int)ExitCode.ResumeRefused, refused.ExitCode);
            Assert.Contains("adapter law.onnx_adapter differs: the run had ", refused.ErrorLine, StringComparison.Ordinal);
        }

        CommandLineResult other = await CommandLine.RunAsync("run", "--resume", RunOf("tiny-lora"), "--adapter", _law);
        Assert.Equal((int)ExitCode.ResumeRefused, other.ExitCode);
        Assert.Contains("--adapter differs: the run had none, now it is ", other.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(before, Files(All));
    }

    /// <summary>A checkpoint that comes later is compared with the run of the model that is there.</summary>
    [Fact]
    public async Task Run_AnotherAdapterInTheFolder_KeepsTheRunOfTheModel()
    {
        await CommandLine.SucceedAsync(Adapters(_law, "--limit", "4", "--quiet"));
        Dictionary<string, string> before = Files(RunOf("tiny-lora"));
        CommandLineResult later = await CommandLine.SucceedAsync(Adapters(_tiny, "--limit", "4"));
        Assert.Contains("tiny-lora+tiny forgot: ", later.Output, StringComparison.Ordinal);
        Assert.Equal(before, Files(RunOf("tiny-lora")));
        CommandLineResult again = await CommandLine.RunAsync(Adapters(_tiny, "--limit", "4"));
        Assert.Equal((int)ExitCode.Output, again.ExitCode);
        Assert.Contains("has a run already; continue it with --resume", again.ErrorLine, StringComparison.Ordinal);
        CommandLineResult all = await CommandLine.SucceedAsync("run", "--resume", All, "--json", "--quiet");
        Assert.Equal(3, all.Output.Split("\"model_name\"").Length - 1);
    }

    /// <summary>What is wrong is said before anything is written.</summary>
    [Theory]
    [InlineData(ExitCode.Usage, "both are called law, and a run folder is named after its ", "--adapter", "{law},x/law.onnx_adapter")]
    [InlineData(ExitCode.Usage, "--adapter names no file", "--adapter", ",")]
    [InlineData(ExitCode.Usage, "--adapter and several --model together", "--adapter", "{law}", "--model", "other")]
    [InlineData(ExitCode.Usage, "--shard and --adapter together", "--adapter", "{law}", "--shard", "1/2")]
    [InlineData(ExitCode.Usage, "--processes 2 and --adapter together", "--adapter", "{law}", "--processes", "2")]
    [InlineData(ExitCode.Usage, "--decide and --adapter together", "--adapter", "{law}", "--decide", "1", "--against", "x")]
    [InlineData(ExitCode.Model, "--adapter nothing.onnx_adapter: there is no such file", "--adapter", "nothing.onnx_adapter")]
    [InlineData(ExitCode.Model, "--adapter nothing.onnx_adapter: there is no such file", "--adapter", "{law},nothing.onnx_adapter")]
    public async Task Run_Mistake_IsOneLine(ExitCode code, string says, params string[] more)
    {
        CommandLineResult result = await CommandLine.RunAsync(
            Arguments(All, _model.Folder, [.. more.Select(m => m.Replace("{law}", _law, StringComparison.Ordinal))]));
        Assert.Equal((int)code, result.ExitCode);
        Assert.Contains(says, result.ErrorLine, StringComparison.Ordinal);
        Assert.False(Directory.Exists(All));
    }

    [Theory]
    [InlineData("openai:http://localhost:1#m", "an endpoint's server chooses its adapters itself")]
    [InlineData("replay:answers.jsonl", "recorded answers are of no model")]
    [InlineData("model.gguf", "")]
    public async Task Run_ModelOfAnotherEngine_IsRefused(string model, string says)
    {
        CommandLineResult result = await CommandLine.RunAsync(Arguments(All, model, "--adapter", _law));
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"--model {model}", result.ErrorLine, StringComparison.Ordinal);
        Assert.Contains(says, result.ErrorLine, StringComparison.Ordinal);
        Assert.False(Directory.Exists(All));
    }

    [Fact]
    public async Task OtherCommands_TakeNoAdapters_AndSaySo()
    {
        string plan = _model["plan.yaml"];
        File.WriteAllText(plan, $"models: [{{model: m, adapter: '{_law}'}}]\ntasks: [{{tasks: quick_gsm8k}}]\n");
        CommandLineResult night = await CommandLine.RunAsync("nightly", plan, "--output", _model["nights"]);
        Assert.Equal((int)ExitCode.Usage, night.ExitCode);
        Assert.Contains("adapter is for single runs, as --adapter of 'run', and no key here", night.ErrorLine, StringComparison.Ordinal);
        await CommandLine.SucceedAsync(Adapters(_law, "--limit", "2", "--quiet"));
        CommandLineResult culprit = await CommandLine.RunAsync("culprit", RunOf("tiny-lora"), RunOf("tiny-lora+law"));
        Assert.Equal((int)ExitCode.Usage, culprit.ExitCode);
        Assert.Contains("was run with an adapter, and culprit cannot start such runs", culprit.ErrorLine, StringComparison.Ordinal);
        CommandLineResult models = await CommandLine.RunAsync(Arguments(All, _model.Folder, "--model", "x/other"));
        Assert.Equal((int)ExitCode.Output, models.ExitCode);
        Assert.Contains("has runs of adapters; choose another folder", models.ErrorLine, StringComparison.Ordinal);
        CommandLineResult resumed = await CommandLine.RunAsync("run", "--resume", All, "--adapter", _tiny);
        Assert.Equal((int)ExitCode.Usage, resumed.ExitCode);
        Assert.Contains("leave --adapter out", resumed.ErrorLine, StringComparison.Ordinal);
    }

    public void Dispose() => _model.Dispose();
}
