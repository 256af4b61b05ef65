using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Data;
using EvalHarness.Prompts;
using EvalHarness.Running;
using EvalHarness.Tasks;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Parity;

/// <summary>
/// Prompts and numbers against what lm-evaluation-harness itself made of the same shards: context hashes of every request, and
/// every metric and standard error to the last digit.
/// </summary>
public sealed class ParityTests
{
    private static IEnumerable<JsonElement> Lines(string file)
    {
        using var stream = new GZipStream(File.OpenRead(Shared.Parity(file)), CompressionMode.Decompress);
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            yield return JsonSerializer.Deserialize<JsonElement>(line);
    }

    private static string Hash(string context) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(context)));

    private static async Task<Dictionary<string, List<PreparedDocument>>> PrepareAsync(string tasks, int shots)
    {
        IReadOnlyList<TaskRun> runs = TaskCatalog.Load([]).Select([tasks]).Runs(shots, seed: 1234);
        DocumentStore store = await DocumentStore.LoadAsync(
            new FileDatasetSource(Shared.Hub), runs, requirePinned: false, CancellationToken.None);
        return store.Tasks.ToDictionary(t => t.Definition.Name, t =>
        {
            var builder = new PromptBuilder(t);
            return t.Documents.Select(builder.Prepare).ToList();
        });
    }

    [SharedTheory]
    [InlineData("gsm8k", "gsm8k_5shot.requests.jsonl.gz", 1319)]
    [InlineData("mmlu", "mmlu_5shot.requests.jsonl.gz", 14042)]
    public async Task Prompts_FiveShots_EqualTheReferences(string tasks, string file, int expected)
    {
        Dictionary<string, List<PreparedDocument>> documents = await PrepareAsync(tasks, shots: 5);
        int compared = 0;
        foreach (JsonElement line in Lines(file))
        {
            string context = documents[line.GetProperty("task").GetString()!][(int)line.GetProperty("doc_id").GetInt64()].Context;
            if (line.TryGetProperty("context", out JsonElement text))
                Assert.Equal(text.GetString(), context);
            Assert.Equal(line.GetProperty("context_sha256").GetString(), Hash(context));
            compared++;
        }

        Assert.Equal(expected, compared);
    }

    [SharedFact]
    public async Task Gsm8k_RecordedResponses_GiveTheReferencesNumbers()
    {
        using var folder = new TemporaryFolder();
        await CommandLine.SucceedAsync(
            "run", "--model", $"replay:{Shared.Parity("gsm8k_5shot.requests.jsonl.gz")}", "--tasks", "gsm8k", "--datasets", Shared.Hub,
            "--output", folder["run"], "--quiet");
        AssertSameNumbers("gsm8k_5shot.results.json", folder["run"]);
    }

    [SharedFact]
    public async Task Mmlu_Oracle_GivesTheReferencesNumbers()
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, List<PreparedDocument>> documents = await PrepareAsync("mmlu", shots: 5);
        using (StreamWriter writer = File.CreateText(folder["oracle.jsonl"]))
        {
            IEnumerable<Request> requests = documents.Values.SelectMany(d => d).SelectMany(d => d.Requests);
            foreach (LogLikelihoodRequest request in requests.Cast<LogLikelihoodRequest>())
                writer.WriteLine(OracleLine(request));
        }

        await CommandLine.SucceedAsync(
            "run", "--model", $"replay:{folder["oracle.jsonl"]}", "--tasks", "mmlu", "--num-fewshot", "5", "--datasets", Shared.Hub,
            "--output", folder["run"], "--quiet");
        AssertSameNumbers("mmlu_5shot.results.json", folder["run"]);
    }

    /// <summary>Computes an answer from the prompt, as the model did that the reference was run with.</summary>
    private static string OracleLine(LogLikelihoodRequest request)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(request.Context + "\0" + request.Continuation));
        return new JsonObject
        {
            ["context_sha256"] = Hash(request.Context),
            ["continuation"] = request.Continuation,
            ["loglikelihood"] = -0.1 - (9.9 * BinaryPrimitives.ReadUInt32BigEndian(hash) / 4294967296.0),
            ["is_greedy"] = (hash[4] & 1) == 1,
        }.ToJsonString();
    }

    private static void AssertSameNumbers(string reference, string run)
    {
        JsonNode expected = JsonNode.Parse(File.ReadAllText(Shared.Parity(reference)))!,
            actual = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "results.json")))!;
        int compared = 0;
        foreach (string block in (string[])["results", "groups"])
        {
            foreach ((string task, JsonNode? metrics) in expected[block]?.AsObject() ?? [])
            {
                foreach ((string metric, JsonNode? value) in metrics!.AsObject().Where(m => m.Key.Contains(',', StringComparison.Ordinal)))
                {
                    Assert.True(
                        (double)value! == (double)actual[block]![task]![metric]!,
                        $"{task} {metric}: {value} there, {actual[block]![task]![metric]} here");
                    compared++;
                }

                Assert.Equal((int)metrics["sample_len"]!, (int)actual[block]![task]!["sample_len"]!);
            }
        }

        Assert.True(compared >= 4, $"only {compared} numbers compared");
        Assert.Equal(expected["n-samples"]!.AsObject().Count, actual["n-samples"]!.AsObject().Count);
    }
}
