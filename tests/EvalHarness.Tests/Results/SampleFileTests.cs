using System.Buffers.Binary;
using System.Text.Json.Serialization;
using DuckDB.NET.Data;
using EvalHarness.Results;
using Parquet.Serialization;

namespace EvalHarness.Tests.Results;

/// <summary>Samples come back from the file as they were written.</summary>
public sealed class SampleFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private RunFolder Run => new(_folder["run"]);

    private static SampleRow Row(int id) => (id % 3) switch
    {
        0 => new SampleRow { DocumentId = id },
        1 => new SampleRow
        {
            DocumentId = id,
            Document = "{\"question\":\"\\u0000\"}",
            Context = "line\nline \0 ü",
            Contexts = ["", "a"],
            Continuations = ["x", null!, "", null!],
            LogLikelihoods = [double.NaN, double.NegativeInfinity, double.PositiveInfinity, -0.0, -1e-300],
            IsGreedy = [true, false, true],
            Target = "2",
            TargetIsJson = true,
            Answers = [new("none", ["", null, "ü"]), new("strict", []), new("last", ["z"])],
            Scores = Scores.Of(("acc,none", 1.0), ("acc,strict", double.NaN), ("f1,none", new List<object?> { 1L, "a" }), ("n,none", 3L)),
            TokenLogProbabilities = [[-1.5, double.NegativeInfinity], [], [-0.25]],
            PromptTokens = [long.MaxValue, 0],
            Milliseconds = double.NaN,
        },
        _ => new SampleRow
        {
            DocumentId = id,
            Target = "",
            TargetIsJson = false,
            Completions = [null!],
            Answers = [new("none", [null])],
            Verdicts = ["passed"],
            Milliseconds = 1.5,
            Error = "e",
        },
    };

    /// <summary>More rows than a row group has.</summary>
    [Fact]
    public async Task Samples_WrittenAndRead_AreTheSame()
    {
        SampleRow[] rows = [.. Enumerable.Range(0, 10_001).Select(Row)];
        await Run.WriteSamplesAsync("tiny", rows, CancellationToken.None);
        IReadOnlyList<SampleRow> read = await Run.ReadSamplesAsync("tiny", CancellationToken.None);
        Assert.Equal(rows.Select(r => r.DocumentId), read.Select(r => r.DocumentId));
        Assert.All(rows.Zip(read), pair => Assert.Equal(pair.First.ToJson(), pair.Second.ToJson()));
        Assert.Equal((string?[])["x", null, "", null], read[1].Continuations);
        Assert.Equal(rows[1].LogLikelihoods, read[1].LogLikelihoods);
        Assert.Equal(rows[1].Scores, read[1].Scores);
        Assert.Equal(rows[1].TokenLogProbabilities, read[1].TokenLogProbabilities);
    }

    /// <summary>Other readers have the columns as texts, and nobody has the texts in memory who wants the footer alone.</summary>
    [Fact]
    public async Task LongTexts_AreNotInTheFooter()
    {
        string Text(int id, char letter) => $"{id}: " + new string(letter, 100_000);
        SampleRow[] rows =
        [
            .. Enumerable.Range(0, 60).Select(id => new SampleRow
            {
                DocumentId = id,
                Document = id == 7 ? "" : Text(id, 'ü'),
                Context = Text(id, 'c'),
                Completions = id % 3 == 0 ? [] : [Text(id, '答'), null!, "short"],
            }),
        ];
        await Run.WriteSamplesAsync("tiny", rows, CancellationToken.None);
        IReadOnlyList<SampleRow> read = await Run.ReadSamplesAsync("tiny", CancellationToken.None);
        Assert.Equal(rows.Select(r => r.ToJson()), read.Select(r => r.ToJson()));
        byte[] file = await File.ReadAllBytesAsync(Run.SamplesFile("tiny"));
        Assert.InRange(BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(file.Length - 8)), 1, 50_000);
        using var connection = new DuckDBConnection("Data Source=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText =
            $"SELECT typeof(any_value(document)) || ' ' || typeof(any_value(completions)) || ' ' || sum(length(completions[1])) "
            + $"FROM '{Run.SamplesFile("tiny")}'";
        Assert.Equal($"VARCHAR VARCHAR[] {rows.Sum(r => r.Completions.FirstOrDefault()?.Length ?? 0)}", command.ExecuteScalar());
    }

    private sealed record OlderRow(
        [property: JsonPropertyName("doc_id")] long Id,
        [property: JsonPropertyName("context")] string Context,
        [property: JsonPropertyName("scores")] string Scores,
        [property: JsonPropertyName("forgotten")] List<long> Forgotten);

    [Fact]
    public async Task Samples_OfAnEarlierVersion_HaveEmptyListsForColumnsThatItLacked()
    {
        await WriteAsync(new OlderRow(7, "Q:", "{\"acc,none\":1.0,\"f1,none\":[0,1]}", [1]));
        SampleRow row = Assert.Single(await Run.ReadSamplesAsync("tiny", CancellationToken.None));
        Assert.Equal((7, "Q:", null), (row.DocumentId, row.Context, row.Error));
        Assert.Empty(row.Verdicts);
        Assert.Empty(row.TruncatedTokens);
        Assert.Equal(new Dictionary<string, double> { ["acc,none"] = 1 }, row.NumericScores());
    }

    private sealed record OtherRow([property: JsonPropertyName("doc_id")] string Id);

    [Fact]
    public async Task Samples_Damaged_NameTheFile()
    {
        await WriteAsync(new OtherRow("7"));
        await AssertDamagedAsync("tiny.parquet: damaged: column doc_id");
        await File.WriteAllTextAsync(Run.SamplesFile("tiny"), "PAR1 and no more");
        await AssertDamagedAsync("tiny.parquet: damaged: ");
    }

    private async Task AssertDamagedAsync(string message)
    {
        EvalException e = await Assert.ThrowsAsync<EvalException>(() => Run.ReadSamplesAsync("tiny", CancellationToken.None));
        Assert.Equal(ExitCode.Output, e.ExitCode);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    private async Task WriteAsync<T>(T row)
    {
        Directory.CreateDirectory(_folder["run/samples"]);
        using FileStream stream = File.Create(Run.SamplesFile("tiny"));
        await ParquetSerializer.SerializeAsync([row], stream);
    }

    public void Dispose() => _folder.Dispose();
}
