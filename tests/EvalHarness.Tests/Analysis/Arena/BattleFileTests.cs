using System.IO.Compression;
using System.Text;
using System.Text.Json.Serialization;
using EvalHarness.Analysis.Arena;
using EvalHarness.Scoring.Statistics;
using Parquet.Serialization;

namespace EvalHarness.Tests.Analysis.Arena;

public sealed class BattleFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    internal sealed record Turn
    {
        [JsonPropertyName("role")]
        public required string Role { get; init; }

        [JsonPropertyName("content")]
        public required string Content { get; init; }
    }

    internal sealed record Row
    {
        [JsonPropertyName("question_id")]
        public required long Question { get; init; }

        [JsonPropertyName("model_a")]
        public required string ModelA { get; init; }

        [JsonPropertyName("model_b")]
        public required string ModelB { get; init; }

        [JsonPropertyName("winner")]
        public required string Winner { get; init; }

        [JsonPropertyName("conversation_a")]
        public required List<Turn> A { get; init; }

        [JsonPropertyName("conversation_b")]
        public required List<Turn> B { get; init; }
    }

    private async Task<ArenaBattle[]> ReadAsync(string name, bool hasStyle = false) =>
        await BattleFile.ReadAsync(_folder[name], hasStyle, CancellationToken.None).ToArrayAsync();

    private static readonly ArenaBattle[] Expected =
    [
        new("m", "n", BattleOutcome.First, "81", null, null),
        new("n", "m", BattleOutcome.Second, "81", null, null),
        new("m", "NA", BattleOutcome.Tie, "82", null, null),
        new("007", "n", BattleOutcome.Tie, "83", null, null),
    ];

    private const string Lines = """
        {"question_id": 81, "model_a": "m", "model_b": "n", "winner": "model_a", "judge": "x"}
        {"question_id": 81, "model_a": "n", "model_b": "m", "winner": "model_b", "judge": null}
        {"question_id": "82", "model_a": "m", "model_b": "NA", "winner": "tie"}
        {"question_id": 83, "model_a": "007", "model_b": "n", "winner": "tie (bothbad)"}
        """;

    [Fact]
    public async Task Lines_AreRead()
    {
        _folder.Write("battles.jsonl", Lines);
        Assert.Equal(Expected, await ReadAsync("battles.jsonl"));
    }

    [Theory]
    [InlineData("battles.json")]
    [InlineData("battles.json.gz")]
    public async Task List_IsRead(string name)
    {
        string text = "\uFEFF\n [" + string.Join(",\n", Lines.Split('\n')) + "]";
        await using (Stream file = File.Create(_folder[name]))
        {
            bool isPacked = name.EndsWith(".gz", StringComparison.Ordinal);
            await using Stream stream = isPacked ? new GZipStream(file, CompressionLevel.Fastest) : file;
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text));
        }

        Assert.Equal(Expected, await ReadAsync(name));
    }

    [Theory]
    [InlineData("battles.csv", ',')]
    [InlineData("battles.tsv", '\t')]
    public async Task Csv_IsReadAsItIsWritten(string name, char separator)
    {
        string text = "winner,question_id,model_b,model_a\nmodel_a,81,n,m\nmodel_b,81,m,n\ntie,82,NA,m\nboth_bad,83,n,007\n";
        _folder.Write(name, text.Replace(',', separator));
        Assert.Equal(Expected, await ReadAsync(name));
    }

    [Fact]
    public async Task Parquet_IsRead()
    {
        await using (Stream stream = File.Create(_folder["battles.parquet"]))
        {
            await ParquetSerializer.SerializeAsync(
            [
                new Row
                {
                    Question = 81,
                    ModelA = "m",
                    ModelB = "n",
                    Winner = "model_a",
                    A = [new Turn { Role = "user", Content = "Tell me." }, new Turn { Role = "assistant", Content = "# A\n- b" }],
                    B = [new Turn { Role = "user", Content = "Tell me." }, new Turn { Role = "assistant", Content = "no" }],
                },
            ], stream);
        }

        Assert.Equal(Expected[..1], await ReadAsync("battles.parquet"));
        Assert.Equal(
            [Expected[0] with { StyleA = new AnswerStyle(7, 1, 0, 1), StyleB = new AnswerStyle(2, 0, 0, 0) }],
            await ReadAsync("battles.parquet", hasStyle: true));
    }

    [Fact]
    public async Task Answers_AreTakenBeforeConversations()
    {
        _folder.Write("battles.json", """
            [{"document": "d", "question_id": 5, "model_a": "m", "model_b": "n", "winner": "tie", "answer_a": "**x**", "answer_b": "",
              "conversation_a": 3}]
            """);
        ArenaBattle found = Assert.Single(await ReadAsync("battles.json", hasStyle: true));
        Assert.Equal(("d", new AnswerStyle(5, 0, 1, 0), default(AnswerStyle)), (found.Document, found.StyleA!.Value, found.StyleB!.Value));
    }

    [Theory]
    [InlineData("""{"model_a": "m", "model_b": "n", "winner": "Model_A"}""", "winner is 'Model_A'; expected model_a, model_b, tie, tie (")]
    [InlineData("""{"model_a": "m", "model_b": "n", "winner": null}""", "winner is missing")]
    [InlineData("""{"model_a": "m", "model_b": "n"}""", "has no winner; it has model_a, model_b")]
    [InlineData("""{"model_a": "m", "model_b": "m", "winner": "tie"}""", "model_a and model_b are both m")]
    [InlineData("""{"model_a": "m", "model_b": 7, "winner": "tie"}""", "model_b is 7; expected the name of a model")]
    [InlineData("""{"model_a": "", "model_b": "n", "winner": "tie"}""", "model_a is ''; expected the name of a model")]
    [InlineData("""{"model_a": "m", "model_b": "n", "winner": "tie", "document": null}""", "document is missing; expected a name or a")]
    [InlineData("""{"model_a": "m", "model_b": "n", "winner": "tie", "answer_b": "x"}""", "neither answer_a nor conversation_a")]
    [InlineData("""{"model_a": "m", "model_b": "n", "winner": "tie", "answer_a": 5}""", "answer_a is 5; expected the text")]
    [InlineData("""{"model_a": "m", "model_b": "n", "winner": "tie", "conversation_a": [{"role": "assistant", "content": [1]}]}""",
        "conversation_a is no list of turns")]
    [InlineData("[1]", "is no JSON object")]
    public async Task BadRow_IsNamedWithItsPlace(string row, string problem)
    {
        const string good =
            """{"document": 1, "model_a": "m", "model_b": "n", "winner": "tie", "answer_a": "", "answer_b": ""}""";
        _folder.Write("battles.jsonl", $"{good}\n\n{row}\n");
        EvalException lines = await Assert.ThrowsAsync<EvalException>(() => ReadAsync("battles.jsonl", hasStyle: true));
        Assert.Equal(ExitCode.Data, lines.ExitCode);
        Assert.StartsWith($"{_folder["battles.jsonl"]}:3: ", lines.Message, StringComparison.Ordinal);
        Assert.Contains(problem, lines.Message, StringComparison.Ordinal);
        _folder.Write("battles.json", $"[{good},\n{row}]");
        EvalException list = await Assert.ThrowsAsync<EvalException>(() => ReadAsync("battles.json", hasStyle: true));
        Assert.StartsWith($"{_folder["battles.json"]}: row 1: ", list.Message, StringComparison.Ordinal);
        Assert.Contains(problem, list.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("battles.json", """[{"model_a": "m",""", ":1: is no JSON list of objects")]
    [InlineData("battles.csv", "model_a,model_b,winner\nm,n,tie,x\n", ":2: this row has 4 fields")]
    [InlineData("battles.csv", "model_a,winner\nm,tie\n", ":2: has no model_b; it has model_a, winner")]
    [InlineData("battles.txt", "m n tie", ": expected a file of verdicts that ends in")]
    [InlineData("battles.parquet", "PAR1", ": not a readable Parquet file")]
    public async Task BadFile_IsNamed(string name, string text, string problem)
    {
        _folder.Write(name, text);
        EvalException found = await Assert.ThrowsAsync<EvalException>(() => ReadAsync(name));
        Assert.Equal(ExitCode.Data, found.ExitCode);
        Assert.Contains(name + problem, found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoFile_IsNamed() => Assert.Contains(
        "missing.json: there is no such file", (await Assert.ThrowsAsync<EvalException>(() => ReadAsync("missing.json"))).Message,
        StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();
}
