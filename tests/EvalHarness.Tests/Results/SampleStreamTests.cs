using System.Text.Json.Serialization;
using EvalHarness.Results;
using Parquet;
using Parquet.Serialization;

namespace EvalHarness.Tests.Results;

/// <summary>Samples are read by row group and column, whatever size the groups have and whichever version wrote them.</summary>
public sealed class SampleStreamTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private RunFolder Run => new(_folder["run"]);

    private static SampleRow Row(long id) => new()
    {
        DocumentId = id,
        Document = $"{{\"n\":{id}}}",
        Context = $"context {id}",
        Continuations = id % 2 == 0 ? ["a", "b"] : [],
        Completions = id % 2 == 0 ? [] : [$"answer {id}", ""],
        LogLikelihoods = id % 2 == 0 ? [-id, double.NaN] : [],
        Answers = id % 2 == 0 ? [] : [new("none", [$"{id}", null]), new("strict", [])],
        Scores = id == 4 ? [] : Scores.Of(("acc,none", id % 2), ("f1,none", new List<object?> { id })),
        TokenLogProbabilities = id % 3 == 0 ? [] : [[-id], [], [-0.5, -id]],
    };

    /// <summary>Writes groups of a few rows.</summary>
    private async Task WriteAsync(IReadOnlyList<SampleRow> rows, int rowsPerGroup)
    {
        await using SampleFileWriter writer = await SampleFileWriter.CreateAsync(Run.SamplesFile("tiny"), CancellationToken.None);
        foreach (SampleRow[] group in rows.Chunk(rowsPerGroup))
            await writer.WriteAsync(group, CancellationToken.None);
        await writer.CompleteAsync(CancellationToken.None);
    }

    /// <summary>As an earlier version wrote them, with another library call than the program's.</summary>
    private async Task WriteEarlierAsync(IReadOnlyList<OlderRow> rows, int rowsPerGroup)
    {
        Directory.CreateDirectory(_folder["run/samples"]);
        using FileStream stream = File.Create(Run.SamplesFile("tiny"));
        await ParquetSerializer.SerializeAsync(rows, stream, new ParquetOptions { RowGroupSize = rowsPerGroup });
    }

    private static async Task<List<SampleRow>> ListAsync(IAsyncEnumerable<SampleRow> rows)
    {
        var list = new List<SampleRow>();
        await foreach (SampleRow row in rows)
            list.Add(row);
        return list;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(100)]
    public async Task Stream_OfGroupsOfAnySize_HasTheRowsOfTheFile(int rowsPerGroup)
    {
        SampleRow[] rows = [.. Enumerable.Range(0, 10).Select(i => Row(i))];
        await WriteAsync(rows, rowsPerGroup);
        List<SampleRow> read = await ListAsync(Run.StreamSamplesAsync("tiny", columns: null, CancellationToken.None));
        Assert.Equal(rows.Select(r => r.ToJson()), read.Select(r => r.ToJson()));
        Assert.Equal(read.Select(r => r.ToJson()), (await Run.ReadSamplesAsync("tiny", CancellationToken.None)).Select(r => r.ToJson()));
    }

    [Fact]
    public async Task Stream_OfSomeColumns_LeavesTheOthersAtTheirDefaults()
    {
        await WriteAsync([Row(2), Row(3)], rowsPerGroup: 1);
        List<SampleRow> read = await ListAsync(Run.StreamSamplesAsync("tiny", ["doc_id", "completions"], CancellationToken.None));
        Assert.Equal(
            [new SampleRow { DocumentId = 2 }.ToJson(), new SampleRow { DocumentId = 3, Completions = ["answer 3", ""] }.ToJson()],
            read.Select(r => r.ToJson()));
    }

    [Fact]
    public async Task Stream_OfAFileOutOfOrder_IsSortedByDocument()
    {
        await WriteAsync([Row(3), Row(0), Row(7), Row(1)], rowsPerGroup: 2);
        List<SampleRow> read = await ListAsync(Run.StreamSamplesByDocumentAsync("tiny", columns: null, CancellationToken.None));
        Assert.Equal([0, 1, 3, 7], read.Select(r => r.DocumentId));
        Assert.Equal(Row(7).ToJson(), read[3].ToJson());
    }

    [Fact]
    public async Task Stream_OfADocumentTwice_IsAnError()
    {
        await WriteAsync([Row(3), Row(0), Row(3)], rowsPerGroup: 2);
        EvalException e = await Assert.ThrowsAsync<EvalException>(
            () => ListAsync(Run.StreamSamplesByDocumentAsync("tiny", columns: null, CancellationToken.None)));
        Assert.Equal(ExitCode.Output, e.ExitCode);
        Assert.Contains("tiny.parquet: damaged: document 3 is in it twice", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(14)]
    [InlineData(18)]
    public async Task Sample_OfAnyGroup_IsFound(long document)
    {
        await WriteAsync([.. Enumerable.Range(0, 10).Select(i => Row(2 * i))], rowsPerGroup: 3);
        Assert.Equal(Row(document).ToJson(), (await Run.ReadSampleAsync("tiny", document, CancellationToken.None)).ToJson());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(7)]
    [InlineData(20)]
    public async Task Sample_ThatIsNotThere_IsSaid(long document)
    {
        await WriteAsync([.. Enumerable.Range(0, 10).Select(i => Row(2 * i))], rowsPerGroup: 3);
        EvalException e = await Assert.ThrowsAsync<EvalException>(
            () => Run.ReadSampleAsync("tiny", document, CancellationToken.None));
        Assert.Equal(
            $"{Run.SamplesFile("tiny")}: has no document {document}; it has 10 documents, with numbers from 0 to 18", e.Message);
    }

    /// <summary>Files of an earlier version may have nulls where this one writes empty texts and lists.</summary>
    private sealed record OlderRow(
        [property: JsonPropertyName("doc_id")] long Id,
        [property: JsonPropertyName("context")] string? Context,
        [property: JsonPropertyName("completions")] List<string?>? Completions,
        [property: JsonPropertyName("scores")] string Scores);

    [Fact]
    public async Task Stream_OfAnEarlierVersion_ReadsNullsAsEmpty()
    {
        OlderRow[] rows = [new(0, null, null, "{}"), new(1, "Q:", ["x", null], "{\"acc,none\":1}"), new(2, "R:", [], "{}")];
        await WriteEarlierAsync(rows, rowsPerGroup: 2);
        List<SampleRow> read = await ListAsync(Run.StreamSamplesByDocumentAsync("tiny", columns: null, CancellationToken.None));
        Assert.Equal(["", "Q:", "R:"], read.Select(r => r.Context));
        Assert.Equal([0, 2, 0], read.Select(r => r.Completions.Count));
        Assert.Null(read[1].Completions[1]);
        Assert.Equal("Q:", (await Run.ReadSampleAsync("tiny", 1, CancellationToken.None)).Context);
    }

    public void Dispose() => _folder.Dispose();
}
