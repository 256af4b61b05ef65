using EvalHarness.Results;

namespace EvalHarness.Tests.Results;

public sealed class JoinedScoresTests
{
    private static SampleRow Row(long id, params (string Key, object? Score)[] scores) => new()
    {
        DocumentId = id,
        Scores = Scores.Of(scores),
    };

    [Fact]
    public void Scores_OfRunsWithOtherDocumentsAndKeys_AreNaNWhereThereAreNone()
    {
        var joined = new JoinedScores(runs: 2);
        joined.Add(new JoinedSample(0, [Row(0, ("acc,none", 1L)), null]));
        SampleRow second = Row(
            1, ("f1,none", 0.5), ("acc,none", -0.0), ("bleu,none", new List<object?> { 1L, 2L }), ("m,none", double.NaN));
        joined.Add(new JoinedSample(1, [null, second]));
        joined.Add(new JoinedSample(7, [Row(7), Row(7, ("acc,none", 0L))]));
        Assert.Equal([0, 1, 7], joined.Documents);
        Assert.Equal(["acc,none", "f1,none"], joined.Keys);
        double[] Column(int run, string key) => [.. Enumerable.Range(0, 3).Select(row => joined.Score(run, key, row))];
        Assert.Equal([1, double.NaN, double.NaN], Column(0, "acc,none"));
        Assert.Equal([double.NaN, -0.0, 0], Column(1, "acc,none"));
        Assert.True(double.IsNegative(Column(1, "acc,none")[1]));
        Assert.Equal([double.NaN, 0.5, double.NaN], Column(1, "f1,none"));
        Assert.All(Column(0, "f1,none"), score => Assert.True(double.IsNaN(score)));
        Assert.Equal([true, false, true], Enumerable.Range(0, 3).Select(row => joined.Has(0, row)));
    }

    /// <summary>More values than a byte can name, and more rows than a block has.</summary>
    [Fact]
    public void Column_OfManyValues_KeepsEach()
    {
        double[] values = [.. Enumerable.Range(0, 10_000).Select(i => i < 5_000 ? i % 2 : i / 7.0), double.NaN];
        var column = new ScoreColumn();
        foreach (double value in values)
            column.Add(value);
        Assert.Equal(values, Enumerable.Range(0, column.Count).Select(i => column[i]));
    }

    [Fact]
    public void Documents_WithAndWithoutGaps_AreKept()
    {
        var documents = new DocumentColumn();
        foreach (long document in (long[])[0, 1, 2, 4, 5, 900])
            documents.Add(document);
        Assert.Equal([0, 1, 2, 4, 5, 900], documents);
        Assert.Equal(900, documents[5]);
    }
}
