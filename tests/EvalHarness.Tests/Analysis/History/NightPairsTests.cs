using System.Text.Json.Nodes;
using EvalHarness.Analysis.History;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Results;

namespace EvalHarness.Tests.Analysis.History;

public sealed class NightPairsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>A run of six rows, of which those before <paramref name="right"/> are answered right.</summary>
    private async Task RunAsync(string run, int right, params string[] more)
    {
        TinyData.Fill(_folder);
        string answers = TinyData.WriteAnswers(_folder, "model.jsonl", i => i < right ? $"{2 * i}" : "no");
        await CommandLine.SucceedAsync(
        [
            "run", "--model", $"replay:{answers}", "--tasks", "tiny", "--include-path", _folder["tasks"], "--datasets", _folder["data"],
            "--output", _folder[$"results/{run}"], "--quiet", .. more,
        ]);
    }

    private async Task<(string Run, NightPair? Pair)[]> ReadAsync(List<string>? warnings = null) =>
    [
        .. (await HistoryIndex.UpdateAsync(_folder["results"], text => warnings?.Add(text), CancellationToken.None))
            .Select(e => (e.Run, e.Scores.Single().Pair)),
    ];

    private static readonly NightPair OneFell = new("a", 0, 1, 1 / 36.0, 1 / 6.0);

    private static void Equal((string Run, NightPair? Pair)[] expected, (string Run, NightPair? Pair)[] actual)
    {
        static (string, NightPair?)[] Rounded((string Run, NightPair? Pair)[] nights) =>
        [
            .. nights.Select(n => (n.Run, n.Pair is { } p
                ? p with { Squares = Math.Round(p.Squares, 12), Largest = Math.Round(p.Largest, 12) }
                : null)),
        ];
        Assert.Equal(Rounded(expected), Rounded(actual));
    }

    [Fact]
    public async Task Nights_ArePairedWithTheLastOneThatAskedTheSameRows()
    {
        await RunAsync("a", 6);
        await RunAsync("b", 3, "--limit", "4");
        await RunAsync("c", 5);
        await RunAsync("d", 2, "--limit", "4");
        (string, NightPair?)[] expected =
            [("a", null), ("b", null), ("c", OneFell), ("d", new NightPair("b", 0, 1, 1 / 16.0, 1 / 4.0))];
        Equal(expected, await ReadAsync());

        // Nothing is read twice: without their samples the pairs are still known.
        Directory.Delete(_folder["results/a/samples"], recursive: true);
        Directory.Delete(_folder["results/c/samples"], recursive: true);
        Equal(expected, await ReadAsync());

        // When the night before is gone, its night is paired with the one before that.
        await RunAsync("e", 6);
        Directory.Delete(_folder["results/c"], recursive: true);
        Equal([("a", null), ("b", null), expected[3], ("e", null)], await ReadAsync());
        Directory.Delete(_folder["results/b"], recursive: true);
        Equal([("a", null), ("d", null), ("e", null)], await ReadAsync());
    }

    /// <summary>Another task's file in the same run says nothing of this task's data.</summary>
    [Fact]
    public async Task DataOfAnotherTask_IsNoChangeOfThisOne()
    {
        async Task RunBothAsync(string run, string question)
        {
            TinyData.Fill(_folder);
            _folder.Write("tasks/other.csv", $"question,answer\n{question},1\n");
            _folder.Write(
                "tasks/other.yaml",
                "{task: other, dataset_path: ./other.csv, test_split: test, doc_to_text: '{{question}}', doc_to_target: answer}");
            _folder.Write("both.jsonl", await File.ReadAllTextAsync(TinyData.WriteAnswers(_folder, "m.jsonl", i => $"{2 * i}"))
                + $"\n{{\"context\": \"{question}\", \"response\": \"1\"}}\n");
            await CommandLine.SucceedAsync(
                "run", "--model", $"replay:{_folder["both.jsonl"]}", "--tasks", "tiny,other", "--include-path", _folder["tasks"],
                "--datasets", _folder["data"], "--output", _folder[$"results/{run}"], "--quiet");
        }

        await RunBothAsync("a", "One?");
        await RunBothAsync("b", "Not none?");
        IReadOnlyList<HistoryEntry> nights = await HistoryIndex.UpdateAsync(_folder["results"], _ => { }, CancellationToken.None);
        string[] Hashes(string task) => [.. nights.Select(n => n.Scores.First(s => s.Task == task).DataHash).Distinct()];
        Assert.Single(Hashes("tiny"));
        Assert.Equal(2, Hashes("other").Length);
    }

    [Fact]
    public async Task RunThatChanged_IsPairedAgain()
    {
        await RunAsync("a", 6);
        await RunAsync("b", 5);
        await RunAsync("c", 5);
        Equal([("a", null), ("b", OneFell), ("c", new NightPair("b", 0, 0, 0, 0))], await ReadAsync());
        foreach (string file in (string[])["results.json", "samples/tiny.parquet"])
            File.Copy(_folder[$"results/a/{file}"], _folder[$"results/b/{file}"], overwrite: true);
        Equal([("a", null), ("b", new NightPair("a", 0, 0, 0, 0)), ("c", OneFell with { Before = "b" })], await ReadAsync());
    }

    /// <summary>Earlier versions kept no pairs; what they wrote is read from the run folders again.</summary>
    [Theory]
    [InlineData("\"format\":5,", "")]
    [InlineData("\"format\":5", "\"format\":4")]
    public async Task IndexOfAnotherFormat_IsReadAgain(string current, string other)
    {
        await RunAsync("a", 6);
        await RunAsync("b", 5);
        Equal([("a", null), ("b", OneFell)], await ReadAsync());
        string index = _folder[$"results/{HistoryIndex.FileName}"];
        string text = await File.ReadAllTextAsync(index);
        Assert.Contains(current, text, StringComparison.Ordinal);
        string[] lines =
        [
            .. text.Replace(current, other, StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l =>
            {
                JsonNode line = JsonNode.Parse(l)!;
                line["scores"]![0]!.AsObject().Remove("pair");
                return line.ToJsonString();
            }),
        ];
        await File.WriteAllLinesAsync(index, lines);
        Equal([("a", null), ("b", OneFell)], await ReadAsync());
        Assert.Contains("\"format\":5", await File.ReadAllTextAsync(index), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DamagedSamples_AreSaidAndTheRunStays()
    {
        await RunAsync("a", 6);
        await RunAsync("b", 5);
        await File.WriteAllTextAsync(_folder["results/a/samples/tiny.parquet"], "no");
        List<string> warnings = [];
        Equal([("a", null), ("b", null)], await ReadAsync(warnings));
        Assert.StartsWith("steps are searched without these samples: ", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.Contains("tiny.parquet: damaged", warnings[0], StringComparison.Ordinal);
    }

    private static SampledTask Task(string name, params double[] scores)
    {
        var task = new SampledTask(name);
        foreach ((int i, double score) in scores.Index())
            task.Add(Row(i, score, "document"));
        return task;
    }

    private static SampleRow Row(int document, double score, string text) => new()
    {
        DocumentId = document,
        Document = text,
        Scores = Scores.Of(("acc,none", score)),
    };

    /// <summary>A row of a small task adds more to a macro group than one of a large task.</summary>
    [Fact]
    public void Groups_AreSumsOfTheirRows()
    {
        SampledTask[] before = [Task("small", 1, 1), Task("large", 1, 0, 1, 0)], after = [Task("large", 1, 1, 0, 0), Task("small", 0, 0)];
        RowScores micro = RowScores.Of(before, "acc,none", 4 / 6.0)!, macro = RowScores.Of(before, "acc,none", 0.75)!;
        NightPair pair = RowScores.Of(after, "acc,none", 2 / 6.0)!.Since(micro, "before")!;
        Assert.Equal((1, 3, 4 / 36.0, 1 / 6.0), (pair.Rose, pair.Fell, pair.Squares, pair.Largest), Close);
        pair = RowScores.Of(after, "acc,none", 0.25)!.Since(macro, "before")!;
        Assert.Equal((1, 3, (2 / 16.0) + (2 / 64.0), 1 / 4.0), (pair.Rose, pair.Fell, pair.Squares, pair.Largest), Close);
        Assert.Null(RowScores.Of(after, "acc,none", 0.25)!.Since(micro, "before"));
        Assert.Null(RowScores.Of(before, "acc,none", 0.7));
        Assert.Null(RowScores.Of(before, "bleu,none", 0.7));
    }

    /// <summary>A night on which all rows are right does not say how they are weighted; the other night of its pair does.</summary>
    [Fact]
    public void Macro_NightWithAllRowsRight_IsPaired()
    {
        RowScores all = RowScores.Of([Task("small", 1, 1), Task("large", 1, 1, 1, 1)], "acc,none", 1)!;
        RowScores macro = RowScores.Of([Task("small", 0, 1), Task("large", 1, 1, 1, 1)], "acc,none", 0.75)!;
        RowScores micro = RowScores.Of([Task("small", 0, 1), Task("large", 1, 1, 1, 1)], "acc,none", 5 / 6.0)!;
        Assert.Equal(all.Hash, macro.Hash);
        Assert.Equal(1 / 4.0, macro.Since(all, "all")!.Largest, 1e-12);
        Assert.Equal(1 / 4.0, all.Since(macro, "macro")!.Largest, 1e-12);
        Assert.Equal(1 / 6.0, all.Since(micro, "micro")!.Largest, 1e-12);
    }

    private static bool Close(
        (int Rose, int Fell, double Squares, double Largest) a, (int Rose, int Fell, double Squares, double Largest) b) =>
        a.Rose == b.Rose && a.Fell == b.Fell && Math.Abs(a.Squares - b.Squares) < 1e-12 && Math.Abs(a.Largest - b.Largest) < 1e-12;

    /// <summary>The rows are hashed one after the other, in the order in which their texts would be sorted.</summary>
    [Fact]
    public void Hash_IsThatOfTheSortedRows()
    {
        var tasks = new List<SampledTask>();
        foreach (string name in (string[])["a", "a_b", "B"])
        {
            var task = new SampledTask(name);
            foreach (int document in Enumerable.Range(0, 1111).Where(i => i % 3 != 1))
                task.Add(Row(document, 1, $"text {document}"));
            tasks.Add(task);
        }

        string[] rows = [.. tasks.SelectMany(t => t.Identities())];
        Assert.Equal(3 * 741, rows.Distinct().Count());
        Assert.Equal(HistoryEntry.Short(rows), RowScores.Of(tasks, "acc,none", 1)!.Hash);
        Assert.Equal(rows.Take(741).Order(StringComparer.Ordinal), rows.Take(741));
    }

    /// <summary>A document whose text changed is another row.</summary>
    [Fact]
    public void Hash_IsOfTheDocuments()
    {
        static string Hash(string text)
        {
            var task = new SampledTask("t");
            task.Add(Row(0, 1, text));
            return RowScores.Of([task], "acc,none", 1)!.Hash;
        }

        Assert.Equal(Hash("one"), Hash("one"));
        Assert.NotEqual(Hash("one"), Hash("two"));
    }

    public void Dispose() => _folder.Dispose();
}
