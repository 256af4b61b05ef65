using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

/// <summary>The interval of a mean at whatever look.</summary>
public sealed class SequentialMeanTests
{
    private static double Draw(Random random, double won, double lost)
    {
        double at = random.NextDouble();
        return at < won ? 1 : at < won + lost ? -1 : 0;
    }

    /// <summary>The level holds for all looks together, which an interval for a single look does not.</summary>
    [Theory]
    [InlineData(0.1, 0.1)]
    [InlineData(0.3, 0.02)]
    [InlineData(0.02, 0)]
    public void Interval_AtEveryLook_HoldsTheMean(double won, double lost)
    {
        const int cases = 100;
        int missed = 0;
        for (int seed = 0; seed < cases; seed++)
        {
            var random = new Random(seed);
            var mean = new SequentialMean(0.2, 0.025, 1);
            bool holds = true;
            foreach (int look in (int[])[32, 128, 512])
            {
                while (mean.Count < look)
                    mean.Add(Draw(random, won, lost));
                Interval interval = mean.Interval();
                holds &= interval.Low <= won - lost && won - lost <= interval.High;
            }

            missed += holds ? 0 : 1;
        }

        Assert.InRange((double)missed / cases, 0, 0.05);
    }

    [Fact]
    public void Interval_IsWideWithoutValues_AndNarrowsAroundTheMean()
    {
        var mean = new SequentialMean(0.2, 0.01, 1);
        Assert.Equal(new Interval(-1, 1), mean.Interval());
        var random = new Random(1);
        double width = 2;
        foreach (int look in (int[])[50, 200, 800, 3200])
        {
            while (mean.Count < look)
                mean.Add(Draw(random, 0.2, 0.1));
            Interval interval = mean.Interval();
            Assert.InRange(mean.Mean, interval.Low, interval.High);
            Assert.True(interval.High - interval.Low < width);
            width = interval.High - interval.Low;
        }

        // Student's interval at this level has a width of 0.044 after 3,200 rows and a single look.
        Assert.InRange(width, 0.044, 0.08);
    }

    [Fact]
    public void Add_BeyondTheBound_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SequentialMean(0.2, 0.01, 1).Add(1.5));
}
