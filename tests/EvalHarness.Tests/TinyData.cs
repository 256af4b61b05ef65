using System.Text.Json;
using System.Text.Json.Serialization;
using Parquet;
using Parquet.Serialization;

namespace EvalHarness.Tests;

/// <summary>A dataset of a few rows in the hub's layout, a task over it, and answers to replay.</summary>
internal static class TinyData
{
    internal sealed record Row
    {
        [JsonPropertyName("question")]
        public required string Question { get; init; }

        [JsonPropertyName("answer")]
        public required string? Answer { get; init; }

        [JsonPropertyName("choices")]
        public required List<string> Choices { get; init; }

        [JsonPropertyName("label")]
        public required long Label { get; init; }
    }

    internal static Row MakeRow(int i) =>
        new() { Question = $"What is {i} + {i}?", Answer = $"{2 * i}", Choices = [$"{i}", $"{2 * i}", $"{3 * i}"], Label = 1 };

    internal static void WriteShard(string root, string file, IEnumerable<Row> rows, int? rowGroupSize = null)
    {
        string path = Path.Combine(root, "org", "tiny", "main", file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using FileStream stream = File.Create(path);
        ParquetSerializer.SerializeAsync(rows, stream, new ParquetOptions { RowGroupSize = rowGroupSize }).GetAwaiter().GetResult();
    }

    internal const string Task = """
        task: tiny
        dataset_path: org/tiny
        dataset_name: main
        test_split: test
        fewshot_split: train
        doc_to_text: "Q: {{question}}\nA:"
        doc_to_target: answer
        generation_kwargs:
          until: ["\n"]
        """;

    /// <summary>
    /// Fills a folder with a test split of rows 0 to 5, a train split, the task, and a right answer to every question except the last.
    /// </summary>
    internal static void Fill(TemporaryFolder folder, string? task = null)
    {
        WriteShard(folder["data"], "test-00000-of-00001.parquet", Enumerable.Range(0, 6).Select(MakeRow));
        WriteShard(folder["data"], "train-00000-of-00001.parquet", Enumerable.Range(10, 3).Select(MakeRow));
        folder.Write("tasks/tiny.yaml", task ?? Task);
        WriteAnswers(folder, "answers.jsonl", i => $"{(i == 5 ? 0 : 2 * i)}");
    }

    /// <returns>The file: what is replayed for questions 0 to 5, nothing where the answer is null.</returns>
    internal static string WriteAnswers(TemporaryFolder folder, string file, Func<int, string?> answer) =>
        folder.Write(file, string.Join('\n', Enumerable.Range(0, 6).Where(i => answer(i) is not null).Select(
            i => JsonSerializer.Serialize(new { context = $"Q: What is {i} + {i}?\nA:", response = answer(i) }))));

    /// <summary>Gives the arguments of a run over the folder that <see cref="Fill"/> has filled.</summary>
    internal static string[] Run(TemporaryFolder folder, params string[] more) =>
        [
            "run", "--model", $"replay:{folder["answers.jsonl"]}", "--tasks", "tiny", "--include-path", folder["tasks"],
            "--datasets", folder["data"], "--output", folder["run"], .. more,
        ];
}
