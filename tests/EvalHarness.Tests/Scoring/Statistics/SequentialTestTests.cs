using EvalHarness.Pythonic;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

/// <summary>Deciding whether a mean loss is more than allowed, with as many looks as there are rows.</summary>
public sealed class SequentialTestTests
{
    /// <summary>A row is lost with probability (flips + loss) / 2 and won with (flips - loss) / 2.</summary>
    private static double Draw(MersenneTwister random, double flips, double loss)
    {
        double draw = random.NextDouble();
        return draw < (flips + loss) / 2 ? 1 : draw < flips ? -1 : 0;
    }

    private static (SequentialVerdict Verdict, int Rows) Run(MersenneTwister random, double flips, double loss, double allowed, int rows)
    {
        var test = new SequentialTest(allowed, 0.025, 0.025, 1);
        int row = 0;
        while (row < rows && test.Verdict == SequentialVerdict.Undecided)
        {
            test.Add(Draw(random, flips, loss));
            row++;
        }

        return (test.Verdict, row);
    }

    /// <summary>
    /// A truth that lies on the limit is on neither side, so each verdict is wrong there; more than 2.5% of 2,000 series, and four
    /// deviates of drawing beside, would break the promise. Looked at after every row.
    /// </summary>
    [Theory]
    [InlineData(0.02, 0.01)]
    [InlineData(0.1, 0.02)]
    [InlineData(0.3, 0.05)]
    public void Verdict_TruthOnTheLimit_IsSeldomEither(double flips, double allowed)
    {
        const int series = 2000;
        var random = new MersenneTwister(7);
        (SequentialVerdict Verdict, int)[] ends =
            [.. Enumerable.Range(0, series).Select(_ => Run(random, flips, allowed, allowed, rows: 2000))];
        double most = 0.025 + (4 * Math.Sqrt(0.025 * 0.975 / series));
        Assert.InRange(ends.Count(e => e.Verdict == SequentialVerdict.Above) / (double)series, 0, most);
        Assert.InRange(ends.Count(e => e.Verdict == SequentialVerdict.Below) / (double)series, 0, most);
    }

    /// <summary>
    /// Where the interval of all rows would reach a third of the limit to each side, a quarter of the rows decides in the median.
    /// </summary>
    [Theory]
    [InlineData(0.01, 0.01, 0)]
    [InlineData(0.1, 0.02, 0)]
    [InlineData(0.3, 0.05, 0)]
    [InlineData(0.05, 0.01, 0.03)]
    [InlineData(0.3, 0.03, 0.09)]
    public void Rows_WhereTheTruthIsFarFromTheLimit_AreAQuarter(double flips, double allowed, double loss)
    {
        int all = 100;
        while (new PairedProportions((int)(flips * all / 2), (int)(flips * all / 2), all).Interval(1.96).High > allowed / 3)
            all += all / 50;
        var random = new MersenneTwister(11);
        (SequentialVerdict Verdict, int Rows)[] ends =
            [.. Enumerable.Range(0, 301).Select(_ => Run(random, flips, loss, allowed, all))];
        Assert.InRange(ends.Select(e => e.Rows).Order().ElementAt(150) / (double)all, 0, 0.25);
        SequentialVerdict right = loss == 0 ? SequentialVerdict.Below : SequentialVerdict.Above;
        Assert.InRange(ends.Count(e => e.Verdict == right), 285, 301);
    }

    [Fact]
    public void Interval_AgreesWithTheVerdict_AndHoldsTheMean()
    {
        var random = new MersenneTwister(5);
        var below = new SequentialTest(0.05, 0.025, 0.025, 1);
        while (below.Verdict == SequentialVerdict.Undecided)
            below.Add(Draw(random, 0.1, 0));
        Assert.Equal(SequentialVerdict.Below, below.Verdict);
        Assert.InRange(below.Interval().High, 0, 0.05);
        Assert.InRange(below.Interval().Low, -0.2, 0);

        var above = new SequentialTest(0.05, 0.025, 0.025, 1);
        while (above.Verdict == SequentialVerdict.Undecided)
            above.Add(Draw(random, 0.3, 0.2));
        Assert.Equal(SequentialVerdict.Above, above.Verdict);
        Assert.InRange(above.Interval().Low, 0.05, 0.2);
    }

    [Fact]
    public void Interval_WithoutLosses_IsAllThereIs() =>
        Assert.Equal(new Interval(-1, 1), new SequentialTest(0.05, 0.025, 0.025, 1).Interval());

    [Fact]
    public void Add_MoreThanTheBound_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SequentialTest(0.05, 0.025, 0.025, 1).Add(1.1));

    [Fact]
    public void Order_HasEachRowOnce_AndIsTheSameForTheSameSeed()
    {
        bool[] likely = [.. Enumerable.Range(0, 200).Select(i => i % 20 == 0)];
        IReadOnlyList<SequentialRow> rows = SequentialOrder.Of(likely, seed: 3).Rows;
        Assert.Equal(Enumerable.Range(0, 200), rows.Select(r => r.Index).Order());
        Assert.Equal(rows, SequentialOrder.Of(likely, seed: 3).Rows);
        Assert.NotEqual(rows, SequentialOrder.Of(likely, seed: 4).Rows);
        Assert.All(SequentialOrder.Of(new bool[50], seed: 3).Rows, r => Assert.Equal(1, r.Weight));
    }

    /// <summary>Three of ten likely rows of 200 are among the first twenty, where chance would have one; weights make up for it.</summary>
    [Fact]
    public void Order_AsksLikelyRowsFirst_AndEstimatesWithoutBias()
    {
        bool[] likely = [.. Enumerable.Range(0, 200).Select(i => i % 20 == 0)];
        const int orders = 4000, first = 20;
        int early = 0;
        var means = new List<double>();
        for (int seed = 0; seed < orders; seed++)
        {
            SequentialRow[] rows = [.. SequentialOrder.Of(likely, seed).Rows.Take(first)];
            early += rows.Count(r => likely[r.Index]);
            means.Add(rows.Average(r => r.Weight * (likely[r.Index] ? 0.6 : 0.01)));
        }

        Assert.InRange((double)early / orders, 2.7, 3.3);
        double truth = (0.05 * 0.6) + (0.95 * 0.01), error = Aggregation.MeanStandardError(means)!.Value;
        Assert.InRange((means.Average() - truth) / error, -4, 4);
    }
}
