using System.Runtime.CompilerServices;
using EvalHarness.Data;
using EvalHarness.Tasks;

namespace EvalHarness.Tests.Analysis.Published;

/// <summary>
/// Documents of the test's own in the columns of the benchmarks that published scores are of: in each subject two to evaluate, of which
/// <see cref="Completion"/> gets the first right, and enough to draw examples from.
/// </summary>
internal sealed class BenchmarkDocuments : IDatasetSource
{
    private const int Examples = 12;

    private static readonly string[] Subjects =
        [.. TaskCatalog.Load([]).Select(["mmlu"]).Tasks.Select(t => t.Name["mmlu_".Length..])];

    private static readonly string[] Categories =
    [
        "biology", "business", "chemistry", "computer science", "economics", "engineering", "health", "history", "law", "math", "other",
        "philosophy", "physics", "psychology",
    ];

    /// <summary>A completion that is right where A, 4, or a function that returns 4 is, in every form that the tasks look for.</summary>
    internal static string Completion(string task) =>
        task.Contains("humaneval", StringComparison.Ordinal) ? "    return 4\n"
        : task.Contains("gsm8k", StringComparison.Ordinal) ? " It is 4.\n#### 4\nThe final answer is 4"
        : " A.\nThe best answer is A.";

    public Task<DatasetSplit> OpenAsync(DatasetName name, CancellationToken cancellationToken)
    {
        bool isEvaluated = name.Split == "test";
        IEnumerable<int> rows = Enumerable.Range(0, isEvaluated ? 2 : Examples);
        IEnumerable<Dictionary<string, object?>> documents = name.Path switch
        {
            "openai/gsm8k" => rows.Select(Sum),
            "openai/openai_humaneval" or "evalplus/humanevalplus" => rows.Select(Function),
            "TIGER-Lab/MMLU-Pro" => Categories.SelectMany(category => rows.Select(row => TenChoices(category, row))),
            "cais/mmlu" or "hails/mmlu_no_train" => (name.Config == "all" ? Subjects : [name.Config!])
                .SelectMany(subject => rows.Select(row => FourChoices(subject, row))),
            _ => throw new ArgumentException($"{name} is not one of these benchmarks"),
        };
        Document[] all = [.. documents.Select(d => new Document(d))];
        return Task.FromResult<DatasetSplit>(new Split(all)
        {
            Name = name,
            Columns = [.. all[0].Values.Keys],
            Shards = [new DatasetShard { File = $"{name.Path}/{name.Config}/{name.Split}", Bytes = 1, Sha256 = new string('0', 64) }],
        });
    }

    private static Dictionary<string, object?> Sum(int row) => new()
    {
        ["question"] = $"What is 2 and {2 + row}?",
        ["answer"] = $"Both together are {4 + row}.\n#### {4 + row}",
    };

    private static Dictionary<string, object?> Function(int row) => new()
    {
        ["task_id"] = $"Own/{row}",
        ["prompt"] = $"def f{row}():\n",
        ["canonical_solution"] = $"    return {4 + row}\n",
        ["test"] = $"def check(candidate):\n    assert candidate() == {4 + row}\n",
        ["entry_point"] = $"f{row}",
    };

    private static Dictionary<string, object?> FourChoices(string subject, int row) => new()
    {
        ["question"] = $"Which is number {row + 1} of {subject}?",
        ["subject"] = subject,
        ["choices"] = new object?[] { "one", "two", "three", "four" },
        ["answer"] = (long)(row % 4),
    };

    private static Dictionary<string, object?> TenChoices(string category, int row) => new()
    {
        ["question_id"] = (long)row,
        ["question"] = $"Which is number {row + 1} of {category}?",
        ["options"] = Enumerable.Range(1, 10).Select(i => (object?)$"number {i}").ToArray(),
        ["answer"] = $"{(char)('A' + (row % 10))}",
        ["answer_index"] = (long)(row % 10),
        ["cot_content"] = $"A: Let's think step by step. It is simple. The answer is ({(char)('A' + (row % 10))}).",
        ["category"] = category,
        ["src"] = "own",
    };

    private sealed class Split(Document[] documents) : DatasetSplit
    {
        public override async IAsyncEnumerable<Document> ReadAsync(
            IReadOnlySet<string>? columns, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (Document document in documents)
                yield return document;
            await Task.CompletedTask;
        }
    }
}
