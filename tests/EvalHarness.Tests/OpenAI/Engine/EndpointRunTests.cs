using System.Text.Json.Nodes;
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

    private List<JsonObject> Samples(string output)
    {
        IEnumerable<string> files = Directory.EnumerateFiles(_folder[output], "*.jsonl", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(f).StartsWith("samples", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        return [.. files.SelectMany(File.ReadLines).Select(l => JsonNode.Parse(l)!.AsObject())];
    }

    [SharedTheory]
    [InlineData("mmlu_abstract_algebra,mmlu_anatomy,mmlu_world_religions", "20")]
    [InlineData("gsm8k", "20")]
    [InlineData("humaneval", "20")]
    [Trait("Speed", "slow")]
    public async Task Run_HasTheNumbersOfTheEngineBehindIt(string tasks, string limit)
    {
        await using ModelServer server = await ModelServer.StartAsync();
        await CommandLine.SucceedAsync(Run(Shared.Model("fp32"), tasks, limit, "direct"));
        await CommandLine.SucceedAsync(Run(server.Endpoint, tasks, limit, "endpoint", "--tokenizer", Shared.Model("fp32"), "--max-length", "8192"));
        List<JsonObject> direct = Samples("direct"), endpoint = Samples("endpoint");
        Assert.NotEmpty(direct);
        Assert.Equal(direct.Count, endpoint.Count);
        foreach ((JsonObject one, JsonObject other) in direct.Zip(endpoint))
        {
            Assert.Equal(one["doc_id"]!.ToJsonString(), other["doc_id"]!.ToJsonString());
            Assert.Equal(one["completions"]?.ToJsonString(), other["completions"]?.ToJsonString());
            Assert.Equal(one["is_greedy"]?.ToJsonString(), other["is_greedy"]?.ToJsonString());
            Assert.Equal(one["loglikelihoods"]?.AsArray().Count, other["loglikelihoods"]?.AsArray().Count);
            foreach ((JsonNode? expected, JsonNode? actual) in (one["loglikelihoods"]?.AsArray() ?? []).Zip(other["loglikelihoods"]?.AsArray() ?? []))
                Assert.Equal(expected!.GetValue<double>(), actual!.GetValue<double>(), 1e-4);
        }
    }

    [SharedFact]
    public async Task Manifest_SaysWhoAnswered_AndResumeRefusesAnother()
    {
        await using (ModelServer server = await ModelServer.StartAsync(new ModelServerOptions { Fingerprint = "state 1", Tokenizes = true }))
        {
            await CommandLine.SucceedAsync(Run(server.Endpoint, "gsm8k", "2", "run"));
            JsonNode manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(_folder["run"], "manifest.json")))!["model"]!;
            Assert.Equal(ModelServer.Model, manifest["model_name"]!.GetValue<string>());
            Assert.Equal(ModelServer.Model, manifest["versions"]!["model that answers"]!.GetValue<string>());
            Assert.Equal("state 1", manifest["versions"]!["system_fingerprint"]!.GetValue<string>());
            Assert.Equal("echoed prompts with logprobs", manifest["settings"]!["log-likelihoods"]!.GetValue<string>());
            Assert.Equal("the server's /tokenize", manifest["settings"]!["tokenizer"]!.GetValue<string>());
        }

        await using ModelServer changed = await ModelServer.StartAsync(new ModelServerOptions { Fingerprint = "state 2", Tokenizes = true });
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
        JsonObject sample = Samples("chat")[0];
        JsonArray turns = JsonNode.Parse(sample["context"]!.GetValue<string>())!.AsArray();
        Assert.Equal(["user", "assistant", "user"], turns.Select(t => t!["role"]!.GetValue<string>()));
        Assert.NotEmpty(sample["completions"]!.AsArray());
    }
}
