using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Data;
using EvalHarness.Reports;
using EvalHarness.Results;
using EvalHarness.Running;

namespace EvalHarness.Tests.Cli;

/// <summary>documents, over a small dataset.</summary>
public sealed class DocumentsCommandTests : MistakeTests
{
    private const string Test = "test-00000-of-00001.parquet";

    private string[] Rows(params string[] more) => ["documents", "org/tiny/main", "--datasets", _folder["data"], .. more];

    private string[] Task(params string[] more) =>
        ["documents", "--task", "tiny", "--include-path", _folder["tasks"], "--datasets", _folder["data"], .. more];

    private static JsonNode[] Lines(string output) =>
        [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];

    private void Write(params TinyData.Row[] rows) => TinyData.WriteShard(_folder["data"], Test, rows, rowGroupSize: 2);

    [Theory]
    [InlineData("b\n  default: true")]
    [InlineData("default")]
    public async Task Configuration_NotNamed_IsTheDefaultOfReadme(string standard)
    {
        string name = standard.Split('\n')[0];
        string card = "---\nconfigs:\n- config_name: a\n  data_files: [{ split: test, path: one/*.csv }]\n"
            + $"- config_name: {standard}\n  data_dir: two\n---\n";
        _folder.Write("data/org/set/README.md", card);
        _folder.Write("data/org/set/one/test.csv", "v\n1\n");
        _folder.Write("data/org/set/two/test.csv", "v\n2\n");
        _folder.Write("data/org/set/raw/test.csv", "v\n3\n");
        CommandLineResult result = await CommandLine.SucceedAsync("documents", "org/set", "--datasets", _folder["data"], "--json");
        Assert.Equal("2", Lines(result.Output).Single()["v"]!.ToJsonString());
        Assert.Equal($"reading org/set ({name}), split test: the only split at hand\n", result.Error);
        Assert.Equal(["a", name], SplitListing.Of([_folder["data"]], "org/set").Select(s => s.Config!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Json_IsTheRowsOneALine()
    {
        TinyData.Fill(_folder);
        CommandLineResult result = await CommandLine.SucceedAsync(Rows("--split", "test", "--json"));
        Assert.Equal("", result.Error);
        Assert.Equal(Enumerable.Range(0, 6).Select(i => JsonSerializer.Serialize(TinyData.MakeRow(i))),
            Lines(result.Output).Select(line => line.ToJsonString(new JsonSerializerOptions())));
    }

    [Theory]
    [InlineData("2", null, new[] { 2, 3, 4, 5 })]
    [InlineData("2", "3", new[] { 2, 3, 4 })]
    [InlineData(null, "1", new[] { 0 })]
    [InlineData("5", "9", new[] { 5 })]
    public async Task FromAndLimit_ChooseRows(string? from, string? limit, int[] expected)
    {
        TinyData.Fill(_folder);
        string[] given = [.. from is null ? (string[])[] : ["--from", from], .. limit is null ? (string[])[] : ["--limit", limit]];
        CommandLineResult result = await CommandLine.SucceedAsync(Rows(["--split", "test", "--json", .. given]));
        Assert.Equal(expected.Select(i => $"What is {i} + {i}?"), Lines(result.Output).Select(l => (string)l["question"]!));
    }

    [Fact]
    public async Task From_BehindTheLastRow_SaysHowManyThereAre()
    {
        TinyData.Fill(_folder);
        CommandLineResult result = await CommandLine.SucceedAsync(Rows("--split", "test", "--from", "6"));
        Assert.Equal(("", "org/tiny (main), split test has 6 rows; --from 6 is behind the last\n"), (result.Output, result.Error));
    }

    /// <summary>.NET escapes an emoji, a no-break space and some more, which a reader of lines does not want to see.</summary>
    [Fact]
    public async Task Json_CharactersOutsideAscii_AreAsTheyAre()
    {
        const string written = "é 😀\u00a0\ufeff«\\u00e9»";
        Write(TinyData.MakeRow(1) with { Question = written, Answer = "\u001b[31m\u0085\u2028" });
        CommandLineResult result = await CommandLine.SucceedAsync(Rows("--json"));
        Assert.Contains("\"question\":\"é 😀\u00a0\ufeff«\\\\u00e9»\"", result.Output, StringComparison.Ordinal);
        Assert.Contains("\"answer\":\"\\u001B[31m\\u0085\\u2028\"", result.Output, StringComparison.Ordinal);
        Assert.Equal(written, (string)Lines(result.Output).Single()["question"]!);
    }

    [Fact]
    public async Task ForPeople_IsPythonsText_CutAndWithoutControlCharacters()
    {
        Write(
            TinyData.MakeRow(0) with { Answer = null },
            TinyData.MakeRow(1) with { Question = $"a\u001b[31m\n\tb\r{new string('c', DocumentView.LongestText)}" });
        CommandLineResult result = await CommandLine.SucceedAsync(Rows("--split", "test"));
        Assert.StartsWith(
            "row 0\n  question: What is 0 + 0?\n  answer: None\n  choices: ['0', '0', '0']\n  label: 1\n"
                + "row 1\n  question:\n    a\\u001b[31m\n",
            result.Output,
            StringComparison.Ordinal);
        Assert.Contains("    \tb\\u000dccc", result.Output, StringComparison.Ordinal);
        Assert.Contains("\n    [10 more characters; --json prints them]\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Split_LeftOut_IsTheOnlyOne()
    {
        Write(TinyData.MakeRow(3));
        CommandLineResult result = await CommandLine.SucceedAsync("documents", "org/tiny", "--datasets", _folder["data"], "--json");
        Assert.Equal("reading org/tiny (main), split test: the only split at hand\n", result.Error);
        Assert.Single(Lines(result.Output));
    }

    [Fact]
    public async Task Split_LeftOutAmongSeveral_IsAMistakeThatNamesThem()
    {
        TinyData.Fill(_folder);
        await AssertLineAsync(ExitCode.Usage, "--split is missing: org/tiny/main has the splits test, train; choose one", Rows());
        Directory.CreateDirectory(_folder["data/org/tiny/other"]);
        File.Copy(_folder[$"data/org/tiny/main/{Test}"], _folder[$"data/org/tiny/other/{Test}"]);
        await AssertLineAsync(
            ExitCode.Usage,
            "org/tiny has the configurations main, other; name one, as in org/tiny/main",
            "documents", "org/tiny", "--datasets", _folder["data"]);
    }

    [Theory]
    [InlineData("expected a dataset, ORG/NAME, or --task NAME", "documents")]
    [InlineData("org/tiny and --task together: a task names its own dataset", "documents", "org/tiny", "--task", "tiny")]
    [InlineData("--split and --task together", "documents", "--task", "tiny", "--split", "test")]
    [InlineData("--num-fewshot needs --task", "documents", "org/tiny", "--num-fewshot", "2")]
    [InlineData("--from -1: expected 0 or more", "documents", "org/tiny", "--from", "-1")]
    [InlineData("--limit 0: expected 1 or more", "documents", "org/tiny", "--limit", "0")]
    [InlineData("'0.5' for option '--limit': expected a whole number", "documents", "org/tiny", "--limit", "0.5")]
    public Task Mistakes_AreOneLine(string fragment, params string[] arguments) => AssertLineAsync(ExitCode.Usage, fragment, arguments);

    [Fact]
    public async Task Dataset_MissingOrDamaged_IsADataError()
    {
        await AssertLineAsync(ExitCode.Data, "there is no such folder", "documents", "org/tiny", "--datasets", _folder["nowhere"]);
        TinyData.Fill(_folder);
        await AssertLineAsync(ExitCode.Data, "dataset org/none is not under", "documents", "org/none", "--datasets", _folder["data"]);
        await AssertLineAsync(ExitCode.Data, "org/tiny has no split dev in", Rows("--split", "dev"));
        File.WriteAllText(_folder[$"data/org/tiny/main/{Test}"], "this is no Parquet file at all");
        await AssertLineAsync(ExitCode.Data, $"{Test}: not a readable Parquet file", Rows("--split", "test"));
    }

    /// <summary>The second shard would be refused. A command that stops when it has its rows never reads it.</summary>
    [Fact]
    public async Task Limit_Reached_ReadsNoFurther()
    {
        TinyData.WriteShard(_folder["data"], "test-00000-of-00002.parquet", [TinyData.MakeRow(0), TinyData.MakeRow(1)]);
        TinyData.WriteShard(_folder["data"], "test-00001-of-00002.parquet", [TinyData.MakeRow(2)]);
        string second = _folder["data/org/tiny/main/test-00001-of-00002.parquet"];
        File.WriteAllBytes(second, File.ReadAllBytes(second)[..50]);
        Assert.Equal(2, Lines((await CommandLine.SucceedAsync(Rows("--json", "--limit", "2"))).Output).Length);
        CommandLineResult all = await CommandLine.RunAsync(Rows("--json"));
        Assert.Equal(((int)ExitCode.Data, 2), (all.ExitCode, Lines(all.Output).Length));
        Assert.Contains("test-00001-of-00002.parquet: not a readable Parquet file", all.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>As above, in a pipe whose reader ends after the first line. More rows are in the first shard than a pipe holds.</summary>
    [SkippableFact]
    public void ClosedPipe_EndsQuietly()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows does not tell that the reader of a pipe has ended");
        TinyData.WriteShard(
            _folder["data"], "test-00000-of-00002.parquet", Enumerable.Range(0, 20_000).Select(TinyData.MakeRow), rowGroupSize: 1000);
        TinyData.WriteShard(_folder["data"], "test-00001-of-00002.parquet", [TinyData.MakeRow(2)]);
        string second = _folder["data/org/tiny/main/test-00001-of-00002.parquet"];
        File.WriteAllBytes(second, File.ReadAllBytes(second)[..50]);
        string program = typeof(EvalHarness.Cli.Program).Assembly.Location;
        string command = $"{{ dotnet '{program}' {string.Join(' ', Rows("--json").Select(a => $"'{a}'"))}; echo $? >&2; }} | head -1";
        (_, string output, string error) = ExternalProgram.Run("sh", ["-c", command]);
        Assert.Single(Lines(output));
        Assert.Equal("reading org/tiny (main), split test: the only split at hand\n0\n", error);
    }

    [Fact]
    public async Task Task_Json_IsWhatARunAsks()
    {
        TinyData.Fill(_folder);
        // Answers are recorded for prompts without shots; what was asked is in the samples all the same.
        await CommandLine.RunAsync(TinyData.Run(_folder, "--num-fewshot", "2", "--quiet"));
        IReadOnlyList<SampleRow> samples = await RunFolder.Open(_folder["run"]).ReadSamplesAsync("tiny", CancellationToken.None);
        JsonNode[] documents = Lines((await CommandLine.SucceedAsync(Task("--num-fewshot", "2", "--json"))).Output);
        Assert.Equal(6, documents.Length);
        foreach ((SampleRow sample, JsonNode document) in samples.Zip(documents))
        {
            Assert.Equal("tiny", (string)document["task"]!);
            Assert.Equal((sample.DocumentId, sample.Context), ((long)document["doc_id"]!, (string)document["context"]!));
            Assert.Equal(JsonNode.Parse(sample.Document)!.ToJsonString(), document["document"]!.ToJsonString());
            Assert.Equal(sample.TargetJson(), document["target"]!.ToJsonString());
            Assert.Equal("[\"\\n\"]", document["until"]!.ToJsonString());
        }

        // A document has the same shots wherever one begins to look.
        CommandLineResult one = await CommandLine.SucceedAsync(Task("--num-fewshot", "2", "--json", "--from", "4", "--limit", "1"));
        Assert.Equal(documents[4].ToJsonString(), Lines(one.Output).Single().ToJsonString());
    }

    [Fact]
    public async Task Task_OfChoices_HasContinuationsAndChoices()
    {
        TinyData.Fill(_folder, TinyData.Task.Replace("doc_to_target: answer", "doc_to_target: label", StringComparison.Ordinal)
            + "\noutput_type: multiple_choice\ndoc_to_choice: choices");
        JsonNode document = Lines((await CommandLine.SucceedAsync(Task("--json", "--from", "2", "--limit", "1"))).Output).Single();
        Assert.Equal("[\" 2\",\" 4\",\" 6\"]", document["continuations"]!.ToJsonString());
        Assert.Equal("[\"2\",\"4\",\"6\"]", document["choices"]!.ToJsonString());
        Assert.Equal(1, (int)document["target"]!);
        Assert.Null(document["until"]);
        string shown = (await CommandLine.SucceedAsync(Task("--from", "2", "--limit", "1"))).Output;
        Assert.StartsWith("tiny, document 2\n  document:\n    question: What is 2 + 2?\n", shown, StringComparison.Ordinal);
        Assert.EndsWith(
            "  context:\n    Q: What is 2 + 2?\n    A:\n  continuations:\n    0: ' 2'\n    1: ' 4'\n    2: ' 6'\n"
            + "  choices:\n    0: '2'\n    1: '4'\n    2: '6'\n  target: 1\n",
            shown,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Task_DocumentWithoutAPrompt_ShowsItsErrorAndTheOthers()
    {
        TinyData.Fill(_folder, TinyData.Task.Replace("\\nA:", " {{answer.strip()}}", StringComparison.Ordinal));
        Write(TinyData.MakeRow(0), TinyData.MakeRow(1) with { Answer = null }, TinyData.MakeRow(2));
        CommandLineResult result = await CommandLine.RunAsync(Task("--json"));
        Assert.Equal((int)ExitCode.SamplesErrored, result.ExitCode);
        JsonNode[] documents = Lines(result.Output);
        Assert.Equal([false, true, false], documents.Select(d => d["error"] is not null));
        Assert.Equal("Q: What is 2 + 2? 4", (string)documents[2]["context"]!);
        Assert.StartsWith("error: 1 of 3 documents have no prompt; the first: ", result.ErrorLine, StringComparison.Ordinal);
        Assert.Contains("tiny, document 1\n  document:\n", (await CommandLine.RunAsync(Task())).Output, StringComparison.Ordinal);
        Assert.Contains("\n  error:\n", (await CommandLine.RunAsync(Task())).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Task_Unknown_IsATaskError() =>
        await AssertLineAsync(ExitCode.Task, "nonsense", "documents", "--task", "nonsense", "--datasets", _folder.Path);

    /// <summary>Documents that a task leaves out are not counted, as in a run.</summary>
    [Fact]
    public async Task Task_ThatSelectsRows_NumbersWhatFits()
    {
        TinyData.Fill(_folder, TinyData.Task + "\nwhere: {answer: ['4', '8']}");
        JsonNode[] documents = Lines((await CommandLine.SucceedAsync(Task("--json"))).Output);
        Assert.Equal(["0 4", "1 8"], documents.Select(d => $"{d["doc_id"]} {(string)d["document"]!["answer"]!}"));
        TinyData.Fill(_folder, TinyData.Task + "\nwhere: {answer: '5'}");
        await AssertLineAsync(ExitCode.Data, "has no row with answer = 5, and task tiny needs some", Task());
        TinyData.Fill(_folder, TinyData.Task + "\nwhere: {kind: x}");
        await AssertLineAsync(ExitCode.Data, "has no column kind, which task tiny selects rows by", Task());
    }

    [SharedFact]
    public async Task Task_OfTheHub_IsShownWithItsShots()
    {
        CommandLineResult result = await CommandLine.SucceedAsync(
            "documents", "--task", "mmlu_anatomy", "--datasets", Shared.Hub, "--limit", "2", "--json", "--num-fewshot", "1");
        Assert.All(Lines(result.Output), d => Assert.EndsWith("\nAnswer:", (string)d["context"]!, StringComparison.Ordinal));
        Assert.Equal(2, Lines(result.Output).Length);
    }

    [SharedFact]
    public async Task Rows_OfTheHub_AreThoseOfTheSource()
    {
        CommandLineResult result = await CommandLine.SucceedAsync(
            "documents", "openai/openai_humaneval", "--datasets", Shared.Hub, "--json");
        DatasetSplit split = await new FileDatasetSource(Shared.Hub)
            .OpenAsync(new DatasetName("openai/openai_humaneval", "openai_humaneval", "test"), CancellationToken.None);
        var rows = new List<string>();
        await foreach (Document document in split.ReadAsync(CancellationToken.None))
            rows.Add(document.ToJson());
        Assert.Equal(164, rows.Count);
        Assert.Equal(rows.Select(r => JsonNode.Parse(r)!.ToJsonString()), Lines(result.Output).Select(l => l.ToJsonString()));
    }
}
