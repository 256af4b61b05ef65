using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EvalHarness.Data;
using EvalHarness.Prompts;
using EvalHarness.Running;
using EvalHarness.Tasks;
using EvalHarness.Tests.Cli;
using Parquet.Serialization;

namespace EvalHarness.Tests.Parity;

/// <summary>
/// Tasks of lm-evaluation-harness's own folder on real shards: every prompt, every stop string, and every metric and standard error to the
/// last digit, against what that harness made of them (reference/*.json: a hash over the hashes of a task's prompts, and its numbers).
/// The completions are computed from the prompt and the document, by the same rule there and here.
/// </summary>
[Trait("Speed", "slow")]
public sealed class ReferenceFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string? Tasks => Environment.GetEnvironmentVariable("LMEVAL_TASKS");

    internal sealed record Question
    {
        [JsonPropertyName("question")]
        public required string Text { get; init; }

        [JsonPropertyName("subject")]
        public required string Subject { get; init; }

        [JsonPropertyName("choices")]
        public required List<string> Choices { get; init; }

        [JsonPropertyName("answer")]
        public required long Answer { get; init; }
    }

    [ReferenceTheory]
    [InlineData("gsm8k_cot")]
    [InlineData("gsm8k_llama")]
    [InlineData("humaneval")]
    [InlineData("humaneval_instruct")]
    [InlineData("mmlu_flan_cot_fewshot")]
    public async Task Task_OnRealShards_GivesTheReferencesPromptsAndNumbers(string task)
    {
        JsonNode expected = JsonNode.Parse(
            await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Parity", "reference", $"{task}.json")))!;
        string datasets = task.StartsWith("mmlu", StringComparison.Ordinal) ? await CutBySubjectAsync() : Shared.Hub;
        IReadOnlyList<TaskRun> runs = TaskCatalog.Load([Tasks!]).Select([task]).Runs(numFewShot: null, seed: 1234);
        DocumentStore store = await DocumentStore.LoadAsync(
            new FileDatasetSource(datasets), runs, requirePinned: false, CancellationToken.None);
        using (StreamWriter answers = File.CreateText(_folder["answers.jsonl"]))
        {
            foreach (TaskRun run in store.Tasks)
                CheckPrompts(run, expected["prompts"]![run.Definition.Name]!, answers);
        }

        Assert.Equal(expected["prompts"]!.AsObject().Count, store.Tasks.Count);
        await CommandLine.SucceedAsync(
            "run", "--model", $"replay:{_folder["answers.jsonl"]}", "--include-path", Tasks!, "--tasks", task, "--datasets", datasets,
            "--output", _folder["run"], "--allow-code-execution", "--quiet");
        CheckNumbers(expected, JsonNode.Parse(await File.ReadAllTextAsync(_folder["run/results.json"]))!);
    }

    /// <summary>The reference's files name a configuration for each subject, and all subjects lie in one here.</summary>
    private async Task<string> CutBySubjectAsync()
    {
        DatasetSplit split = await new FileDatasetSource(Shared.Hub).OpenAsync(
            new DatasetName("cais/mmlu", "all", "test"), CancellationToken.None);
        List<Document> documents = await split.ReadAsync(CancellationToken.None).ToListAsync();
        foreach (IGrouping<string, Document> subject in documents.GroupBy(d => (string)d.Values["subject"]!))
        {
            string file = _folder[$"mmlu/cais/mmlu/{subject.Key}/test-00000-of-00001.parquet"];
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            using FileStream stream = File.Create(file);
            await ParquetSerializer.SerializeAsync(subject.Select(d => new Question
            {
                Text = (string)d.Values["question"]!,
                Subject = subject.Key,
                Choices = [.. ((IReadOnlyList<object?>)d.Values["choices"]!).Cast<string>()],
                Answer = (long)d.Values["answer"]!,
            }), stream);
        }

        return _folder["mmlu"];
    }

    private static void CheckPrompts(TaskRun run, JsonNode expected, StreamWriter answers)
    {
        var builder = new PromptBuilder(run);
        var hashes = new StringBuilder();
        foreach (NumberedDocument document in run.Documents)
        {
            var request = (GenerateRequest)builder.Prepare(document).Requests.Single();
            byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(request.Context));
            hashes.Append(Convert.ToHexStringLower(hash)).Append('\n');
            Assert.Equal(expected["until"]!.AsArray().Select(u => (string)u!), request.Options.Until);
            answers.WriteLine(new JsonObject
            {
                ["task"] = run.Definition.Name,
                ["doc_id"] = document.Id,
                ["index"] = 0,
                ["context"] = request.Context,
                ["response"] = Answer(run.Definition.Name, document.Document.Values, BinaryPrimitives.ReadUInt32BigEndian(hash) % 6),
            }.ToJsonString());
        }

        Assert.Equal((int)expected["requests"]!, run.Documents.Count);
        Assert.Equal(
            (string)expected["sha256"]!, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(hashes.ToString()))));
    }

    /// <summary>One of six answers: right, wrong, written oddly, or none.</summary>
    private static string Answer(string task, IReadOnlyDictionary<string, object?> document, uint kind)
    {
        if (task.Contains("gsm8k", StringComparison.Ordinal))
        {
            string answer = ((string)document["answer"]!).Split("####")[^1].Replace(",", "", StringComparison.Ordinal);
            long gold = long.Parse(answer, CultureInfo.InvariantCulture);
            return ((string[])
            [
                $"The answer is {gold}.", $"So it is ${gold}.00 in all. The final answer is {gold}",
                $"First 3 + 4 = 7. The answer is {gold + 1}.", $"We get #### {gold}", "",
                string.Create(CultureInfo.InvariantCulture, $"The final answer is {gold:N0}"),
            ])[kind];
        }

        if (task.Contains("mmlu", StringComparison.Ordinal))
        {
            int answer = (int)(long)document["answer"]!;
            char right = "ABCD"[answer], wrong = "ABCD"[(answer + 1) % 4];
            return ((string[])
            [
                $"Let us see. The answer is ({right}).", $"the answer is {char.ToLowerInvariant(right)}.", $"The answer is ({wrong}).",
                $"answer is {right}.", $"The answer is ({right}) or ({wrong}).", "",
            ])[kind];
        }

        var solution = (string)document["canonical_solution"]!;
        return ((string[])[solution, solution, solution, "    pass\n", solution + "```\nThat is all.", ""])[kind];
    }

    private static void CheckNumbers(JsonNode expected, JsonNode actual)
    {
        int compared = 0;
        foreach (string block in (string[])["results", "groups"])
        {
            foreach ((string name, JsonNode? metrics) in expected[block]!.AsObject())
            {
                foreach ((string metric, JsonNode? value) in metrics!.AsObject())
                {
                    Assert.Equal((name, metric, (double)value!), (name, metric, (double)actual[block]![name]![metric]!));
                    compared++;
                }
            }
        }

        Assert.True(compared >= 3, $"only {compared} numbers compared");
    }

    public void Dispose() => _folder.Dispose();

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class ReferenceTheoryAttribute : TheoryAttribute
    {
        public ReferenceTheoryAttribute() =>
            Skip = Shared.Missing ?? (Tasks is null ? "needs LMEVAL_TASKS, the folder lm_eval/tasks of lm-evaluation-harness" : null!);
    }
}
