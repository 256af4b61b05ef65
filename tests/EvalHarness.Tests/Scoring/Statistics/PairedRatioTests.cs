using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

/// <summary>Ratios of paired means and how often their intervals hold the truth.</summary>
public sealed class PairedRatioTests
{
    private static IEnumerable<PairedRow> Shares(int both, int won, int lost, int neither, int task = 0) =>
    [
        .. Enumerable.Repeat(new PairedRow(task, 1, 1), both),
        .. Enumerable.Repeat(new PairedRow(task, 0, 1), won),
        .. Enumerable.Repeat(new PairedRow(task, 1, 0), lost),
        .. Enumerable.Repeat(new PairedRow(task, 0, 0), neither),
    ];

    /// <summary>The tables of Bentur 2009 and Cavo 2012 in Fagerland, Lydersen and Laake, and one where nothing flipped.</summary>
    [Theory]
    [InlineData(1, 1, 7, 12, 0.25, 0.06773400143769338, 0.9227271189269979)]
    [InlineData(59, 6, 16, 80, 65.0 / 75, 0.7579028472587248, 0.99103877736813)]
    [InlineData(366, 0, 0, 24, 1, 0.9947653517307177, 1.005262194004018)]
    public void Shares_EqualBonettAndPrice(int both, int won, int lost, int neither, double ratio, double low, double high)
    {
        var found = PairedRatio.Of([.. Shares(both, won, lost, neither)], sameWeights: false);
        Assert.Equal(ratio, found.Value!.Value, 1e-12);
        Assert.Equal(low, found.Interval!.Value.Low, 1e-9);
        Assert.Equal(high, found.Interval.Value.High, 1e-9);
        Assert.Null(found.WhyNone);
    }

    /// <summary>A bound is a ratio that Student's test just does not reject.</summary>
    [Fact]
    public void Lengths_BoundsAreThoseOfTheTest()
    {
        var random = new Random(3);
        int[] lengths = [.. Enumerable.Range(0, 40).Select(_ => random.Next(20, 60))];
        PairedRow[] rows = [.. lengths.Select(l => new PairedRow(0, l, l + random.Next(-5, 9)))];
        var found = PairedRatio.Of(rows, sameWeights: false);
        Assert.Equal(rows.Sum(r => r.Candidate) / rows.Sum(r => r.Base), found.Value!.Value, 1e-12);
        foreach (double bound in (double[])[found.Interval!.Value.Low, found.Interval.Value.High])
        {
            double[] rests = [.. rows.Select(r => r.Candidate - (bound * r.Base))];
            double mean = rests.Average(), error = Math.Sqrt(rests.Sum(r => (r - mean) * (r - mean)) / (40 * 39));
            Assert.Equal(StudentQuantile.Upper(39, 0.025), Math.Abs(mean) / error, 1e-9);
        }
    }

    /// <summary>The difference varies as it does in a comparison, changes that were not seen included.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Group_VarianceOfTheDifference_IsThatOfPairedRows(bool sameWeights)
    {
        PairedRow[] rows = [.. Shares(20, 1, 3, 4, 0), .. Shares(40, 5, 1, 2, 1), .. Shares(9, 0, 0, 1, 2), .. Shares(30, 2, 9, 3, 3)];
        var test = (MeanTest)new PairedRows(rows, higherIsBetter: true, sameWeights).Test()!;
        var moments = PairedMoments.Of(rows, sameWeights);
        Assert.Equal(test.StandardError * test.StandardError, moments.DifferenceVariance, 1e-12);
        Assert.Equal(-test.Mean, moments.Difference, 1e-12);
        Assert.Equal(test.Freedom, moments.Freedom, 1e-12);
    }

    /// <summary>Where nothing changed, it is of no concern how far the base's tasks lie apart.</summary>
    [Fact]
    public void Group_WithoutChanges_HasAnInterval()
    {
        var found = PairedRatio.Of([.. Shares(90, 0, 0, 10, 0), .. Shares(40, 0, 0, 60, 1)], sameWeights: true);
        Assert.Equal(1, found.Value!.Value, 1e-12);
        Assert.Null(found.WhyNone);
        Assert.InRange(1, found.Interval!.Value.Low, found.Interval.Value.High);
    }

    [Fact]
    public void NoInterval_SaysWhy()
    {
        AssertNone("the base's mean is 0", hasValue: false, Shares(0, 3, 0, 5));
        AssertNone("some scores are below 0", hasValue: false, [new PairedRow(0, -1, 1), new PairedRow(0, 1, 1)]);
        AssertNone("a single document", hasValue: true, [new PairedRow(0, 0.5, 0.25)]);
        AssertNone("all differences are equal", hasValue: true, [new PairedRow(0, 12, 13), new PairedRow(0, 20, 21)]);
        AssertNone("not surely above 0", hasValue: true, [new PairedRow(0, 0, 3), new PairedRow(0, 40, 2), new PairedRow(0, 0, 1)]);
    }

    [Fact]
    public void NoInterval_OfAGroup_SaysThatItsTasksAreTooFarApart() => AssertNone(
        "its tasks lie too far apart", hasValue: true, [.. Shares(90, 0, 2, 8, 0), .. Shares(10, 30, 0, 60, 1)]);

    private static void AssertNone(string why, bool hasValue, IEnumerable<PairedRow> rows)
    {
        var found = PairedRatio.Of([.. rows], sameWeights: false);
        Assert.Contains(why, found.WhyNone, StringComparison.Ordinal);
        Assert.Null(found.Interval);
        Assert.Equal(hasValue, found.Value is not null);
    }

    /// <summary>
    /// Right and wrong rows of one task, and of 13 tasks whose losses differ: the intervals miss the truth in one of fifteen cases at most.
    /// </summary>
    [Theory]
    [InlineData(1, 50, 0.9, 0.02, 0.02, 0)]
    [InlineData(1, 300, 0.93, 0.02, 0.013, 0)]
    [InlineData(1, 100, 0.6, 0.1, 0.05, 0)]
    [InlineData(13, 30, 0.9, 0.03, 0.01, 0)]
    [InlineData(13, 30, 0.7, 0.1, 0.03, 0.06)]
    public void Intervals_HoldTheTruth(int tasks, int rows, double right, double lost, double won, double spread)
    {
        const int cases = 1500;
        var random = new Random(27);
        int held = 0;
        for (int i = 0; i < cases; i++)
        {
            var all = new List<PairedRow>();
            for (int task = 0; task < tasks; task++)
            {
                // Uniform around the mean loss, so that the mean over tasks stays the truth.
                double loss = lost + (spread * ((2 * random.NextDouble()) - 1));
                for (int row = 0; row < rows; row++)
                {
                    double draw = random.NextDouble();
                    bool kept = draw < right - loss || (draw >= right && draw < right + won);
                    all.Add(new PairedRow(task, draw < right ? 1 : 0, kept ? 1 : 0));
                }
            }

            double truth = (right - lost + won) / right;
            Interval interval = PairedRatio.Of(all, sameWeights: false).Interval!.Value;
            held += interval.Low <= truth && truth <= interval.High ? 1 : 0;
        }

        Assert.InRange((double)held / cases, 14.0 / 15, 1);
    }
}
