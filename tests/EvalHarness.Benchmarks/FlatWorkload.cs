using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EvalHarness.Benchmarks;

/// <summary>
/// A task of made-up words, and what a model answered to it: how its rows are made, its task file, the context of each row, and the lines
/// of a recording that answer it. A row is the same whatever the number of rows.
/// </summary>
internal sealed class FlatWorkload
{
    private const string Letters = "ABCD", NumberMark = "####";

    private static readonly string[] Vocabulary = MakeVocabulary();

    /// <summary>The task's name.</summary>
    internal required string Name { get; init; }

    internal required string Title { get; init; }

    /// <summary>Words of each row's question.</summary>
    internal required int Words { get; init; }

    /// <summary>The words of each row's choices; none where they are the same for all rows.</summary>
    internal int ChoiceWords { get; init; }

    /// <summary>What the model may answer; empty where it writes a number.</summary>
    internal required IReadOnlyList<string> Answers { get; init; }

    internal int Shots { get; init; }

    /// <summary>Rows of one shard, so that none is beyond some hundred megabytes.</summary>
    internal int RowsPerShard { get; init; } = 1_000_000;

    /// <summary>A tenth of the rows where each is long.</summary>
    internal int Divisor { get; init; } = 1;

    /// <summary>The keys of the task file that say what it asks and how it is scored.</summary>
    internal required string Keys { get; init; }

    internal string TaskFile =>
        $"""
        task: {Name}
        dataset_path: flat/{Name}
        dataset_name: main
        test_split: test
        {Keys}
        """;

    /// <summary>Answers to numbers are below 1,000.</summary>
    internal StageBenchmarks.Row MakeRow(Random random) => new(
        Sentence(random, Words),
        [.. Enumerable.Range(0, ChoiceWords == 0 ? 0 : Answers.Count).Select(_ => Sentence(random, ChoiceWords))],
        random.Next(Answers.Count == 0 ? 1_000 : Answers.Count));

    /// <summary>The text that the task file makes of a row, and of the rows of its shots before it.</summary>
    internal string Context(StageBenchmarks.Row row, IEnumerable<StageBenchmarks.Row> shots) =>
        string.Concat(shots.Select(s => $"{Question(s)} {Answers[(int)s.answer]}\n\n")) + Question(row);

    private string Question(StageBenchmarks.Row row)
    {
        string start = Answers.Count == 0 ? "Question: " : "";
        IEnumerable<string> choices = row.choices.Select((choice, i) => $"{Letters[i]}. {choice}\n");
        return $"{start}{row.question}\n{string.Concat(choices)}Answer:";
    }

    /// <summary>The lines that answer a row: one for each choice, or one with a completion. Seven in ten are right.</summary>
    internal void WriteAnswer(TextWriter recording, int id, StageBenchmarks.Row row, string context, Random random)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(context)));
        bool right = random.NextDouble() < 0.7;
        int tokens = context.Length / 5;
        string start = $$"""{"task":"{{Name}}","doc_id":{{id}},""";
        if (Answers.Count == 0)
        {
            long number = right ? row.answer : row.answer + 1;
            recording.Write($$"""
                {{start}}"index":0,"context_sha256":"{{hash}}","response":" {{Sentence(random, 30)}} {{NumberMark}} {{number}}",
                """);
            recording.Write($$""" "finish_reason":"end_of_text","prompt_tokens":{{tokens}},"completion_tokens":40}""" + "\n");
            return;
        }

        long best = right ? row.answer : (row.answer + 1) % Answers.Count;
        for (int i = 0; i < Answers.Count; i++)
        {
            double likelihood = -Math.Round(random.NextDouble() + (i == best ? 0.1 : 1.2), 6);
            recording.Write($$"""
                {{start}}"index":{{i}},"context_sha256":"{{hash}}","continuation":" {{Answers[i]}}",
                """);
            recording.Write(string.Create(
                CultureInfo.InvariantCulture,
                $$""" "loglikelihood":{{likelihood}},"is_greedy":{{(i == best ? "true" : "false")}},"""));
            recording.Write($$""" "prompt_tokens":{{tokens}},"completion_tokens":1}""" + "\n");
        }
    }

    private static string Sentence(Random random, int words)
    {
        var text = new StringBuilder();
        for (int i = 0; i < words; i++)
            text.Append(i == 0 ? "" : " ").Append(Vocabulary[random.Next(Vocabulary.Length)]);
        return text.ToString();
    }

    /// <summary>2,000 words of two to four syllables, six letters on average.</summary>
    private static string[] MakeVocabulary()
    {
        var random = new Random(1);
        string Syllable() => $"{"bdfgklmnprst"[random.Next(12)]}{"aeiou"[random.Next(5)]}";
        return [.. Enumerable.Range(0, 2_000).Select(_ => string.Concat(Enumerable.Range(0, 2 + random.Next(3)).Select(_ => Syllable())))];
    }
}
