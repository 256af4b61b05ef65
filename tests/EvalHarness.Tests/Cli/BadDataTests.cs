namespace EvalHarness.Tests.Cli;

/// <summary>Datasets that are missing, damaged, or not what a task expects.</summary>
public sealed class BadDataTests : MistakeTests
{
    private const string Shard = "test-00000-of-00001.parquet";

    private string ShardFile => Path.Combine(_folder["data"], "org", "tiny", "main", Shard);

    [Fact]
    public async Task Datasets_NoSuchFolder_IsADataError() => await AssertLineAsync(
        ExitCode.Data, "--datasets nowhere: there is no such folder", "run", "--model", "m", "--tasks", "gsm8k", "--datasets", "nowhere");

    [Fact]
    public async Task Datasets_WithoutTheDataset_IsADataError()
    {
        TinyData.Fill(_folder);
        string[] arguments = ["run", "--model", "m", "--tasks", "gsm8k", "--datasets", _folder["data"]];
        await AssertLineAsync(ExitCode.Data, "dataset openai/gsm8k is not under", arguments);
    }

    /// <summary>What is done to the only shard of the split, given its path and its bytes, and what the error line says of it.</summary>
    private static readonly Dictionary<string, (Action<string, byte[]> Damage, string Fragment)> Damages = new()
    {
        ["cut in the middle"] = (
            (file, whole) => File.WriteAllBytes(file, whole[..(whole.Length / 2)]), $"{Shard}: not a readable Parquet file"),
        ["text"] = ((file, _) => File.WriteAllText(file, "this is no Parquet file at all"), "not a parquet file, head: 74686973"),
        ["right magic bytes around nonsense"] = (
            (file, whole) =>
            {
                Array.Fill(whole, (byte)0xff, 4, whole.Length - 12);
                File.WriteAllBytes(file, whole);
            },
            "not a readable Parquet file"),
        ["no rows"] = (
            (file, _) => TinyData.WriteShard(Path.GetFullPath(Path.Combine(file, "../../../..")), Shard, []),
            "has no row (0 rows in all), and task tiny needs some"),
        ["the first of two"] = (
            (file, _) => File.Move(file, file.Replace("-of-00001", "-of-00002", StringComparison.Ordinal)),
            "shard 1 of 2 of split test is missing (test-00001-of-00002.parquet)"),
        ["gone"] = ((file, _) => File.Delete(file), "org/tiny has no split test in"),
    };

    public static TheoryData<string> DamageNames => [.. Damages.Keys];

    [Theory]
    [MemberData(nameof(DamageNames))]
    public async Task Shard_Damaged_IsADataError(string damage)
    {
        TinyData.Fill(_folder);
        Damages[damage].Damage(ShardFile, await File.ReadAllBytesAsync(ShardFile));
        await TinyAsync(ExitCode.Data, Damages[damage].Fragment);
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Theory]
    [InlineData("description: '{{hint}}'", "description: line 1, column 3: 'hint' is not defined; defined are question, answer, choices")]
    [InlineData("where: {label: 7}", "has no row with label = 7 (6 rows in all)")]
    [InlineData("where: {subject: x}", "has no column subject, which task tiny selects rows by; it has question, answer")]
    [InlineData("num_fewshot: 4", "wants 4 shots, but split train of org/tiny has 3 rows")]
    public async Task Column_Table(string key, string fragment)
    {
        TinyData.Fill(_folder, TinyData.Task + "\n" + key);
        await TinyAsync(ExitCode.Data, fragment);
    }

    [Fact]
    public async Task Column_NullWhereTextIsExpected_IsAnErroredSample()
    {
        TinyData.Fill(
            _folder, TinyData.Task.Replace("doc_to_text: \"Q: {{question}}\\nA:\"", "doc_to_text: answer", StringComparison.Ordinal));
        TinyData.WriteShard(
            _folder["data"], Shard, [.. Enumerable.Range(0, 3).Select(TinyData.MakeRow), TinyData.MakeRow(3) with { Answer = null }]);
        _folder.Write(
            "answers.jsonl",
            string.Join('\n', Enumerable.Range(0, 3).Select(i => $"{{\"context\": \"{2 * i}\", \"response\": \"\"}}")));
        await TinyAsync(
            ExitCode.SamplesErrored,
            "1 of 4 samples errored and are in no score; the first is tiny, document 3: "
            + $"task tiny, row 3 of split test: {_folder["tasks/tiny.yaml"]}:6: doc_to_text: column answer is null; expected text; "
            + "the row has question (a string), answer (None)");
    }
}
