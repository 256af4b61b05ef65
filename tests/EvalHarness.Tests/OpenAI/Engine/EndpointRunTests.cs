using System.Text.Json.Nodes;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.OpenAI.Engine;

/// <summary>The same tasks, asked directly and through a server on loopback over the same model.</summary>
[Trait("Speed", "slow")]
public sealed class EndpointRunTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private ModelServer? _server;

    public async Task InitializeAsync() =>
        _server = Shared.Missing is null ? await ModelServer.StartAsync(Shared.Model("fp32")) : null;

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<RunFolder> RunAsync(string name, string model, params string[] more)
    {
        CommandLineResult result = await CommandLine.RunAsync(
            ["run", "--model", model, "--datasets", Shared.Hub, "--output", _folder[name], "--quiet", .. more]);
        Assert.True(result.ExitCode is 0 or (int)ExitCode.SamplesErrored, result.Error);
        return RunFolder.Open(_folder[name]);
    }

    private static async Task<List<SampleRow>> SamplesAsync(RunFolder run)
    {
        var rows = new List<SampleRow>();
        foreach (TaskRecord task in run.ReadManifest().Tasks)
            rows.AddRange(await run.ReadSamplesAsync(task.Name, CancellationToken.None));
        return rows;
    }

    [SharedTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Mmlu_ThroughTheServer_HasTheSameLogLikelihoods(bool ownTokenizer)
    {
        string[] tasks = ownTokenizer ? ["--tasks", "mmlu", "--limit", "20"] : ["--tasks", "mmlu_astronomy", "--limit", "20"];
        string[] tokenizer = ownTokenizer ? ["--tokenizer", Shared.Model("fp32")] : [];
        List<SampleRow> direct = await SamplesAsync(await RunAsync("direct", Shared.Model("fp32"), tasks));
        List<SampleRow> served = await SamplesAsync(await RunAsync("served", _server!.Name, [.. tasks, .. tokenizer]));
        Assert.Equal(ownTokenizer ? 57 * 20 : 20, direct.Count);
        Assert.Equal(direct.Count, served.Count);
        int errored = 0;
        foreach ((SampleRow one, SampleRow other) in direct.Zip(served))
        {
            Assert.Equal(one.Error.Length > 0, other.Error.Length > 0);
            errored += one.Error.Length > 0 ? 1 : 0;
            if (one.Error.Length > 0)
                continue;
            Assert.All(one.LogLikelihoods.Zip(other.LogLikelihoods), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
            Assert.Equal(one.IsGreedy, other.IsGreedy);
            Assert.Equal(one.PromptTokens, other.PromptTokens);
        }

        Assert.InRange(errored, 0, direct.Count / 2);
    }

    [SharedFact]
    public async Task Completions_ThroughTheServer_AreTheSame()
    {
        string[] tasks = ["--tasks", "gsm8k,humaneval", "--limit", "20", "--num-fewshot", "0", "--predict-only", "--gen-kwargs", "max_gen_toks=48"];
        List<SampleRow> direct = await SamplesAsync(await RunAsync("direct", Shared.Model("fp32"), tasks));
        List<SampleRow> served = await SamplesAsync(await RunAsync("served", _server!.Name, tasks));
        Assert.Equal(40, served.Count);
        Assert.Equal(direct.Select(r => r.Error.Length > 0), served.Select(r => r.Error.Length > 0));
        Assert.True(served.Count(r => r.Error.Length == 0) >= 30);
        Assert.Equal(
            direct.Where(r => r.Error.Length == 0).SelectMany(r => r.Completions), served.SelectMany(r => r.Completions));
    }

    /// <summary>Nothing is known of the model but its name; a server that gives another one now is another model.</summary>
    [SharedFact]
    public async Task Identity_IsRecordedAndHeld()
    {
        TinyData.Fill(_folder);
        string[] run =
        [
            "run", "--model", _server!.Name, "--tasks", "tiny", "--include-path", _folder["tasks"], "--datasets", _folder["data"],
            "--output", _folder["run"], "--quiet", "--gen-kwargs", "max_gen_toks=4",
        ];
        await CommandLine.SucceedAsync(run);
        Manifest manifest = RunFolder.Open(_folder["run"]).ReadManifest();
        Assert.Equal(
            ("served-model", "served-model", "fp_1"),
            (manifest.Model.Settings["asked model"], manifest.Model.Settings["answering model"], manifest.Model.Settings["system fingerprint"]));
        Assert.Equal(("openai", "served-model", "endpoint"), (manifest.Model.Engine, manifest.Model.ModelName, manifest.Model.Device));
        Assert.NotNull(manifest.Sessions[0].Network);
        Assert.Equal(7, manifest.Sessions[0].Network!.Values.Single().Requests);
        File.Delete(_folder["run/results.json"]);
        _server.Fingerprint = "fp_2";
        CommandLineResult result = await CommandLine.RunAsync("run", "--resume", _folder["run"]);
        Assert.Equal((int)ExitCode.ResumeRefused, result.ExitCode);
        Assert.Contains("system fingerprint differs: the run had fp_1, now it is fp_2", result.ErrorLine, StringComparison.Ordinal);

        // history marks it.
        await CommandLine.SucceedAsync([.. run.Select(a => a == _folder["run"] ? _folder["later"] : a)]);
        JsonNode history = JsonNode.Parse((await CommandLine.SucceedAsync("history", _folder.Path, "--json")).Output)!;
        Assert.Contains("fp_2", history.ToJsonString(), StringComparison.Ordinal);
    }

    [SharedTheory]
    [InlineData("wrong-name", "does not exist", "it has served-model")]
    public async Task Model_ThatTheServerDoesNotHave_IsOneLine(string name, string said, string has)
    {
        string model = _server!.Name.Split('#')[0] + "#" + name;
        CommandLineResult result = await CommandLine.RunAsync(
            "run", "--model", model, "--tasks", "gsm8k", "--limit", "1", "--datasets", Shared.Hub, "--output", _folder["run"]);
        Assert.Equal((int)ExitCode.Model, result.ExitCode);
        Assert.Contains(said, result.ErrorLine, StringComparison.Ordinal);
        Assert.Contains(has, result.ErrorLine, StringComparison.Ordinal);
    }

    [SharedFact]
    public async Task Server_WithoutLogProbabilities_IsOneLine()
    {
        _server!.Echoes = false;
        CommandLineResult result = await CommandLine.RunAsync(
            "run", "--model", _server.Name, "--tasks", "mmlu_astronomy", "--limit", "2", "--datasets", Shared.Hub, "--output", _folder["run"],
            "--tokenizer", Shared.Model("fp32"));
        Assert.Equal((int)ExitCode.Model, result.ExitCode);
        Assert.Contains("gives no log-probabilities of prompts", result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>Without any tokenizer the server splits the text, and says where its tokens begin.</summary>
    [SharedFact]
    public async Task Server_WithoutTokenizer_SplitsTheTextItself()
    {
        _server!.HasTokenizer = false;
        List<SampleRow> direct = await SamplesAsync(
            await RunAsync("direct", Shared.Model("fp32"), "--tasks", "mmlu_astronomy", "--limit", "5", "--num-fewshot", "0"));
        List<SampleRow> served = await SamplesAsync(
            await RunAsync("served", _server.Name, "--tasks", "mmlu_astronomy", "--limit", "5", "--num-fewshot", "0"));
        Assert.All(direct.Zip(served), pair => Assert.All(
            pair.First.LogLikelihoods.Zip(pair.Second.LogLikelihoods), l => Assert.Equal(l.First, l.Second, 1e-4)));
        Assert.All(served, row => Assert.Equal("", row.Error));
    }
}
