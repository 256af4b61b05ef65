using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

public sealed class RepeatTestTests
{
    private static (bool Moved, int MovedWithout, int Without)[] Rows(
        int both, int onlyWith, int onlyWithout, int neither) =>
    [
        .. Enumerable.Repeat((true, 1, 1), both), .. Enumerable.Repeat((true, 0, 1), onlyWith),
        .. Enumerable.Repeat((false, 1, 1), onlyWithout), .. Enumerable.Repeat((false, 0, 1), neither),
    ];

    /// <summary>With one repeat: the upper tail of a binomial of a half over the rows that moved in one of the two runs.</summary>
    [Theory]
    [InlineData(0, 5, 0, 7, 0.03125)]
    [InlineData(3, 5, 0, 7, 0.03125)]
    // (C(10,8) + C(10,9) + C(10,10)) / 2^10.
    [InlineData(1, 8, 2, 0, 56.0 / 1024)]
    [InlineData(4, 0, 0, 4, 1)]
    public void OneRepeat_IsTheSignTest(int both, int onlyWith, int onlyWithout, int neither, double expected) =>
        Assert.Equal(expected, RepeatTest.P(Rows(both, onlyWith, onlyWithout, neither)), 1e-12);

    [Fact]
    public void ManyRepeats_GiveSmallerValues()
    {
        Assert.Equal(1.0 / 27, RepeatTest.P([.. Enumerable.Repeat((true, 0, 2), 3)]), 1e-12);
        Assert.Equal(1.0 / 27, RepeatTest.Smallest(3, 2), 1e-12);
        // Two rows of shares 2/3 and 1/3, of which one moved with the change: 1 - (1/3)(2/3).
        Assert.Equal(7.0 / 9, RepeatTest.P([(true, 1, 2), (false, 1, 2)]), 1e-12);
        Assert.Equal(1, RepeatTest.P([]));
    }

    /// <summary>A change that does nothing, on a device whose answers flip: at most one of twenty is called.</summary>
    [Theory]
    [InlineData(0.5, 1)]
    [InlineData(0.5, 2)]
    [InlineData(0.1, 3)]
    public void ChangeThatDoesNothing_IsCalledInAtMostOneOfTwenty(double flips, int repeats)
    {
        const int searches = 4_000;
        var random = new Random(7);
        int called = 0;
        for (int i = 0; i < searches; i++)
        {
            double p = RepeatTest.P(
            [
                .. Enumerable.Range(0, 12).Select(_ => (
                    random.NextDouble() < flips, Enumerable.Range(0, repeats).Count(_ => random.NextDouble() < flips), repeats)),
            ]);
            called += p <= 0.05 ? 1 : 0;
        }

        // Three standard errors of 4,000 draws are 1 point.
        Assert.InRange((double)called / searches, 0.001, 0.06);
    }
}
