using System.Text.Json.Nodes;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.OpenAI.Engine;

/// <summary>Runs of tasks by an endpoint over this project's own engine have the numbers of runs by that engine.</summary>
public sealed class EndpointRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string[] Run(string model, string tasks, string limit, string output, params string[] more) =>
    [
        "run", "--model", model, "--tasks", tasks, "--limit", limit, "--datasets", Shared.Hub, "--output", _folder[output], "--truncation",
        "left", "--predict-only", .. more,
    ];

    private async Task<List<SampleRow>> SamplesAsync(string output)
    {
        RunFolder folder = RunFolder.Open(_folder[output]);
        var rows = new List<SampleRow>();
        foreach (TaskRecord task in folder.ReadManifest().Tasks)
            rows.AddRange(await folder.ReadSamplesAsync(task.Name, CancellationToken.None));
        return rows;
    }

    [SharedTheory]
    [InlineData("mmlu", 57)]
    [InlineData("gsm8k", 1)]
    [InlineData("humaneval", 1)]
    [Trait("Speed", "slow")]
    public async Task Run_HasTheNumbersOfTheEngineBehindIt(string tasks, int count)
    {
        const string limit = "20";
        await using ModelServer server = await ModelServer.StartAsync();
        await CommandLine.SucceedAsync(Run(Shared.Model("fp32"), tasks, limit, "direct"));
        string[] more = ["--tokenizer", Shared.Model("fp32"), "--max-length", "8192"];
        await CommandLine.SucceedAsync(Run(server.Endpoint, tasks, limit, "endpoint", more));
        List<SampleRow> direct = await SamplesAsync("direct"), endpoint = await SamplesAsync("endpoint");
        Assert.Equal(20 * count, direct.Count);
        Assert.Equal(direct.Select(r => r.DocumentId), endpoint.Select(r => r.DocumentId));
        foreach ((SampleRow one, SampleRow other) in direct.Zip(endpoint))
        {
            Assert.Equal(one.Completions, other.Completions);
            Assert.Equal(one.IsGreedy, other.IsGreedy);
            Assert.Equal(one.LogLikelihoods.Count, other.LogLikelihoods.Count);
            foreach ((double expected, double actual) in one.LogLikelihoods.Zip(other.LogLikelihoods))
                Assert.Equal(expected, actual, 1e-4);
        }
    }

    [SharedFact]
    public async Task Manifest_SaysWhoAnswered_AndResumeRefusesAnother()
    {
        var first = new ModelServerOptions { Fingerprint = "state 1", Tokenizes = true };
        await using (ModelServer server = await ModelServer.StartAsync(first))
        {
            await CommandLine.SucceedAsync(Run(server.Endpoint, "gsm8k", "2", "run"));
            JsonNode manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(_folder["run"], "manifest.json")))!["model"]!;
            Assert.Equal(ModelServer.Model, manifest["model_name"]!.GetValue<string>());
            Assert.Equal(ModelServer.Model, manifest["versions"]!["model that answers"]!.GetValue<string>());
            Assert.Equal("state 1", manifest["versions"]!["system_fingerprint"]!.GetValue<string>());
            Assert.Equal("echoed prompts with logprobs", manifest["settings"]!["log-likelihoods"]!.GetValue<string>());
            Assert.Equal("the server's /tokenize", manifest["settings"]!["tokenizer"]!.GetValue<string>());
        }

        await using ModelServer changed = await ModelServer.StartAsync(first with { Fingerprint = "state 2" });
        CommandLineResult resumed = await CommandLine.RunAsync("run", "--resume", _folder["run"], "--model", changed.Endpoint);
        Assert.Equal((int)ExitCode.ResumeRefused, resumed.ExitCode);
        Assert.Contains("system_fingerprint differs: the run had state 1, now it is state 2", resumed.ErrorLine, StringComparison.Ordinal);
    }

    [SharedFact]
    public async Task Chat_ShowsTheTurns()
    {
        await using ModelServer server = await ModelServer.StartAsync(new ModelServerOptions { Echoes = false });
        await CommandLine.SucceedAsync(
            "run", "--model", server.Endpoint, "--tasks", "gsm8k", "--limit", "2", "--datasets", Shared.Hub, "--output", _folder["chat"],
            "--apply-chat-template", "--num-fewshot", "1");
        SampleRow sample = (await SamplesAsync("chat"))[0];
        JsonArray turns = JsonNode.Parse(sample.Context)!.AsArray();
        Assert.Equal(["user", "assistant", "user"], turns.Select(t => t!["role"]!.GetValue<string>()));
        Assert.Single(sample.Completions);
    }
}
