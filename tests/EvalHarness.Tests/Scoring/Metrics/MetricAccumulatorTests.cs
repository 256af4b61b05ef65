using EvalHarness.Scoring.Metrics;
using EvalHarness.Scoring.Statistics;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Tests.Scoring.Metrics;

public sealed class MetricAccumulatorTests
{
    private static MetricDefinition Definition(string aggregation) =>
        new("m", aggregation, HigherIsBetter: true, new Dictionary<string, object?>());

    private static MetricValue Aggregate(string aggregation, IEnumerable<object?> scores, int draws, int errored = 0)
    {
        var accumulator = new MetricAccumulator(Definition(aggregation), "m", "none");
        foreach (object? score in scores)
            accumulator.Add(score);
        return accumulator.Aggregate(draws, errored);
    }

    private static List<object?> Pair(object first, object second) => [first, second];

    /// <summary>Labels of rows of which most are right, from a seed.</summary>
    private static List<object?>[] Labels(int rows, int labels)
    {
        var random = new Random(rows);
        return [.. Enumerable.Range(0, rows).Select(_ =>
        {
            long gold = random.Next(labels);
            return Pair(gold, random.NextDouble() < 0.7 ? gold : random.Next(labels));
        })];
    }

    /// <summary>By the definition, row by row, with the draws that lm-evaluation-harness makes.</summary>
    private static double F1(List<object?>[] pairs, ReadOnlySpan<int> sample)
    {
        double both = 0, sum = 0;
        foreach (int i in sample)
        {
            (long gold, long predicted) = ((long)pairs[i][0]!, (long)pairs[i][1]!);
            both += gold * predicted;
            sum += gold + predicted;
        }

        return sum == 0 ? 0 : 2 * both / sum;
    }

    [Fact]
    public void F1_OfFewRows_HasTheReferencesDraws()
    {
        List<object?>[] pairs = Labels(300, 2);
        MetricValue value = Aggregate("f1", pairs, draws: 3_000);
        Assert.Equal(F1(pairs, [.. Enumerable.Range(0, pairs.Length)]), value.Value);
        Assert.Equal(Bootstrap.StandardError(sample => F1(pairs, sample), pairs.Length, 3_000), value.StandardError);
        Assert.Equal((BootstrapMethod.Bootstrap, 3_000), (value.StandardErrorMethod, value.StandardErrorDraws));
    }

    /// <summary>An error by counts is that by rows but for what two bootstraps of 20,000 draws differ by, 0.5% each.</summary>
    [Theory]
    [InlineData("f1", 2)]
    [InlineData("matthews_corrcoef", 2)]
    [InlineData("matthews_corrcoef", 5)]
    public void Labels_OfManyRows_AreDrawnByCounts(string aggregation, int labels)
    {
        List<object?>[] few = Labels(1_000, labels);
        double byRows = Aggregate(aggregation, few, draws: 20_000).StandardError!.Value;
        // The same table of 60,000 rows: 60 times as many rows have an error that is smaller by the root of that.
        List<object?>[] rows = [.. Enumerable.Range(0, 60).SelectMany(_ => few)];
        MetricValue many = Aggregate(aggregation, rows, draws: 20_000);
        Assert.Equal((BootstrapMethod.BootstrapCounts, 20_000), (many.StandardErrorMethod, many.StandardErrorDraws));
        Assert.InRange(many.StandardError!.Value * Math.Sqrt(60) / byRows, 0.97, 1.03);
        Assert.Equal(many.StandardError, Aggregate(aggregation, rows.Reverse(), 20_000).StandardError);
    }

    /// <summary>The linearized error of a ratio of counts: f1 is 2 tp / (2 tp + fp + fn).</summary>
    [Fact]
    public void F1_OfManyRows_HasTheErrorOfTheDeltaMethod()
    {
        List<object?>[] pairs = [.. Enumerable.Range(0, 10).SelectMany(_ => Labels(20_000, 2))];
        MetricValue value = Aggregate("f1", pairs, draws: 20_000);
        double f1 = value.Value!.Value, rows = pairs.Length;
        double sum = pairs.Sum(p => (long)p[0]! + (long)p[1]!);
        double squares = pairs.Sum(p => Math.Pow((2 * (long)p[0]! * (long)p[1]!) - (f1 * ((long)p[0]! + (long)p[1]!)), 2));
        Assert.Equal(BootstrapMethod.BootstrapCounts, value.StandardErrorMethod);
        Assert.InRange(value.StandardError!.Value / (Math.Sqrt(squares) / sum), 0.97, 1.03);
        Assert.Equal(200_000, rows);
    }

    [Fact]
    public void Perplexity_OfManyRows_HasFewerDraws()
    {
        MetricValue value = Aggregate("perplexity", Enumerable.Range(0, 20_000).Select(i => (object?)(-i / 20_000.0)), draws: 60_000);
        Assert.Equal((BootstrapMethod.BootstrapCapped, 50_000), (value.StandardErrorMethod, value.StandardErrorDraws));
        // exp of a mean of uniform numbers: the deviation of the mean times the value.
        double expected = Math.Exp(0.5) * Math.Sqrt(1.0 / 12 / 20_000);
        Assert.InRange(value.StandardError!.Value / expected, 0.98, 1.02);
    }

    [Fact]
    public void Mean_HasAFormula_AndErroredDocumentsAreCounted()
    {
        MetricValue value = Aggregate("mean", [1.0, 0.0, 1L, true], draws: 100, errored: 1);
        Assert.Equal((0.75, 0.25, 4, 1), (value.Value, value.StandardError, value.Count, value.Errored));
        Assert.Equal((null, null), (value.StandardErrorMethod, value.StandardErrorDraws));
        Assert.Equal((null, null), (Aggregate("mean", [], 100).Value, Aggregate("f1", [], 100).StandardError));
        Assert.Null(Aggregate("f1", Labels(300, 2), draws: 0).StandardError);
    }

    [Fact]
    public void Weights_ThatDiffer_GiveTheWeightedMean()
    {
        var accumulator = new MetricAccumulator(Definition("mean"), "m", "none");
        double[] values = [1, 0, 1, 1], weights = [2, 2, 2, 0.5];
        foreach ((double value, double weight) in values.Zip(weights))
            accumulator.Add(value, weight);
        MetricValue mean = accumulator.Aggregate(100, 0);
        Assert.Equal(Aggregation.WeightedMean(values, weights), (mean.Value!.Value, mean.StandardError));
        var f1 = new MetricAccumulator(Definition("f1"), "m", "none");
        f1.Add(Pair(1L, 1L), 1);
        f1.Add(Pair(1L, 0L), 2);
        Assert.Equal((null, 2), (f1.Aggregate(100, 0).Value, f1.Count));
    }

    [Fact]
    public void Function_IsGivenTheScoresAsTheyAre()
    {
        var definition = Definition("mean") with { Function = new AggregationFunction(scores => scores.Cast<string>().Sum(s => s.Length)) };
        var accumulator = new MetricAccumulator(definition, "m", "none");
        accumulator.Add("ab");
        accumulator.Add("c");
        Assert.Equal((3.0, null), (accumulator.Aggregate(100, 0).Value, accumulator.Aggregate(100, 0).StandardError));
    }

    [Theory]
    [InlineData("mean", "text")]
    [InlineData("f1", 1.0)]
    [InlineData("no_such_aggregation", 1.0)]
    public void Score_OfAnotherType_IsRefused(string aggregation, object score) =>
        Assert.Throws<ArgumentException>(() => Aggregate(aggregation, [score], 0));
}
