using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

public sealed class CohenKappaTests
{
    /// <summary>
    /// Table 13.1 of Fleiss 1981, Statistical Methods for Rates and Proportions: two raters, three diagnoses, 100 patients.
    /// Observed: 0.75 + 0.04 + 0.10 = 0.89. By chance: 0.80 x 0.80 + 0.10 x 0.05 + 0.10 x 0.15 = 0.66. Kappa: 0.23 / 0.34 = 0.6765.
    /// The squares of the variance, cell by cell, are 0.75 x 0.164², 0.01 x 0.099², 0.04 x 0.099², 0.05 x 0.0935², 0.04 x 0.3235²,
    /// 0.01 x 0.0165² and 0.10 x 0.3125², in sum 0.0350536; less (0.89 x 0.66 - 2 x 0.66 + 0.89)² = 0.1574² they are 0.0102788, so
    /// that the error is sqrt(0.0102788 / 100) / 0.34² = 0.0877. Of the observed agreement it is 0.34 x 0.0877 = 0.02982, which 112.3 rows
    /// have, and Wilson's interval of 0.89 of so many is 0.8187 to 0.9355: kappa 0.467 to 0.810.
    /// </summary>
    [Fact]
    public void Diagnoses_EqualFleiss()
    {
        CohenKappa found = CohenKappa.Of(new[,] { { 75, 1, 4 }, { 5, 4, 1 }, { 0, 0, 10 } })!;
        Assert.Equal((100, 0.89), (found.Rows, Math.Round(found.Agreement, 12)));
        Assert.Equal(Interval.Wilson(0.89, 100).Low, found.AgreementInterval.Low, 1e-12);
        Assert.Equal(0.23 / 0.34, found.Kappa!.Value, 1e-12);
        Assert.Equal(0.0877, found.StandardError!.Value, 5e-5);
        Assert.Equal(0.467, found.KappaInterval!.Value.Low, 5e-4);
        Assert.Equal(0.810, found.KappaInterval.Value.High, 5e-4);
    }

    /// <summary>
    /// Grades 1 to 3, of which neighbours agree by half: 10 on each diagonal cell, 5 from 1 to 2 and 5 from 3 to 1. Observed: 30 + 5 / 2 of
    /// 40, 0.8125. The first rater has 15, 10 and 15, the second 15, 15 and 10. By chance: (225 + 150 + 150) / 1600 for the same, and half
    /// of (15 x 15 + 10 x 15 + 10 x 10 + 15 x 15) / 1600 for neighbours, 0.546875. Kappa: 0.265625 / 0.453125.
    /// </summary>
    [Fact]
    public void Weights_CountNeighboursInPart()
    {
        CohenKappa found = CohenKappa.Of(new[,] { { 10, 5, 0 }, { 0, 10, 0 }, { 5, 0, 10 } }, (i, j) => 1 - (Math.Abs(i - j) / 2.0))!;
        Assert.Equal(0.265625 / 0.453125, found.Kappa!.Value, 1e-12);
        Assert.Equal(0.75, found.Agreement);
    }

    [Fact]
    public void Empty_IsNothing()
    {
        Assert.Null(CohenKappa.Of(new int[2, 2]));
        Assert.Null(CohenKappa.Of(new int[0, 0]));
        Assert.Throws<ArgumentException>(() => CohenKappa.Of(new int[2, 3]));
    }

    /// <summary>Chance agrees as often as the raters, who gave only one label.</summary>
    [Fact]
    public void OneLabelOnly_HasNoKappa()
    {
        CohenKappa found = CohenKappa.Of(new[,] { { 12, 0 }, { 0, 0 } })!;
        Assert.Equal((1, null, null, null), (found.Agreement, found.Kappa, found.StandardError, found.KappaInterval));
    }

    /// <summary>A rater that calls everything right agrees as often as chance does, and nothing says how far that varies.</summary>
    [Fact]
    public void OneLabelOfOneRater_HasNoInterval()
    {
        CohenKappa found = CohenKappa.Of(new[,] { { 12, 0 }, { 8, 0 } })!;
        Assert.Equal((0.6, 0, null), (found.Agreement, Math.Round(found.Kappa!.Value, 12), found.KappaInterval));
        Assert.Equal(0, CohenKappa.Of(new[,] { { 0, 9 }, { 0, 0 } })!.Kappa);
    }

    /// <summary>Twenty rows without an error do not say that there is none: Wilson's bound is 0.839, and kappa there 0.678.</summary>
    [Fact]
    public void PerfectAgreement_IsNotCertain()
    {
        CohenKappa found = CohenKappa.Of(new[,] { { 10, 0 }, { 0, 10 } })!;
        Assert.Equal((1, 0), (found.Kappa, found.StandardError));
        Assert.Equal(1, found.KappaInterval!.Value.High);
        Assert.Equal((Interval.Wilson(1, 20).Low - 0.5) / 0.5, found.KappaInterval.Value.Low, 1e-12);
    }

    [Fact]
    public void NeverAgreeing_IsMinusOne()
    {
        CohenKappa found = CohenKappa.Of(new[,] { { 0, 10 }, { 10, 0 } })!;
        Assert.Equal(-1, found.Kappa!.Value, 1e-12);
        Assert.Equal(-1, found.KappaInterval!.Value.Low);
    }

    /// <summary>A judge that errs in a share of the rows, of which a share is right.</summary>
    [Theory]
    [InlineData(20, 0.5, 0.1)]
    [InlineData(50, 0.5, 0.1)]
    [InlineData(100, 0.8, 0.05)]
    [InlineData(200, 0.7, 0.02)]
    [InlineData(300, 0.5, 0.3)]
    public void Intervals_HoldTheTruth(int rows, double right, double wrong)
    {
        const int cases = 1000;
        double called = (right * (1 - wrong)) + ((1 - right) * wrong), chance = (right * called) + ((1 - right) * (1 - called));
        double truth = (1 - wrong - chance) / (1 - chance);
        int held = 0;
        for (int i = 0; i < cases; i++)
        {
            var random = new Random(i);
            int[,] counts = new int[2, 2];
            for (int row = 0; row < rows; row++)
            {
                int label = random.NextDouble() < right ? 1 : 0;
                counts[label, random.NextDouble() < wrong ? 1 - label : label]++;
            }

            Interval interval = CohenKappa.Of(counts)!.KappaInterval!.Value;
            held += interval.Low <= truth && truth <= interval.High ? 1 : 0;
        }

        Assert.InRange((double)held / cases, 0.93, 0.975);
    }
}
