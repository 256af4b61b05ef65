using EvalHarness.Nightly.Gating;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Nightly.Gating;

/// <summary>The gate on drawn pairs whose true drop is known.</summary>
public sealed class GateSimulationTests
{
    private const int Draws = 2_000;

    /// <summary>Two standard errors of a share of 5% over <see cref="Draws"/> draws.</summary>
    private const double Tolerance = 0.01;

    /// <summary>
    /// Margin in points, rows, share of answers that change although nothing became better or worse; 75 settings are in the benchmarks'
    /// study.
    /// </summary>
    public static TheoryData<double, int, double> Settings() =>
        new() { { 0, 50, 0.3 }, { 1, 164, 0.01 }, { 1, 500, 0.1 }, { 2, 1_319, 0.1 }, { 5, 50, 0.01 }, { 0.5, 14_042, 0.3 } };

    [Theory]
    [MemberData(nameof(Settings))]
    public void TrueDropIsJustAllowed_FalseAlarms_AtMostFivePercent(double margin, int rows, double flips)
    {
        double alarms = GateSimulation.Alarms(Draws, margin, rows, flips);
        Assert.True(alarms <= 0.05, $"{alarms:P2} false alarms");
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void TrueDropIsJustBeyond_CalledFine_AtMostFivePercent(double margin, int rows, double flips)
    {
        double fine = GateSimulation.CalledFine(Draws, margin, rows, flips);
        Assert.True(fine <= 0.05, $"{fine:P2} called fine");
    }

    /// <summary>The drop that the gate names as detectable is found in four of five repetitions.</summary>
    [Theory]
    [MemberData(nameof(Settings))]
    public void TrueDropIsTheSmallestVisible_Misses_AtMostAsStated(double margin, int rows, double flips)
    {
        (double drop, double called) = GateSimulation.Visible(Draws, margin, rows, flips);
        Assert.True(called >= 0.8 - 0.035, $"a drop of {100 * drop:0.00} points is called in {called:P1}");
    }

    /// <summary>Where the gate says "about N rows would decide", N rows decide in four of five repetitions.</summary>
    [Theory]
    [InlineData(1, 0.02, 0.1)]
    [InlineData(1, 0, 0.1)]
    [InlineData(2, 0.01, 0.05)]
    [InlineData(0.5, 0.012, 0.2)]
    public void RowsThatWouldDecide_AreEnough(double margin, double truth, double flips)
    {
        var few = new PairedProportions((flips + truth) / 2 * 200, (flips - truth) / 2 * 200, 200);
        int rows = (int)(200 * new ProportionsTest(few).Decisive(margin / 100, 0.025));
        GateVerdict expected = truth > margin / 100 ? GateVerdict.Regression : GateVerdict.Fine;
        double decided = GateSimulation.Share(
            Draws, random => GateSimulation.Judge(GateSimulation.Draw(random, rows, flips, truth), margin) == expected);
        Assert.InRange(decided, 0.77, 0.9);
    }

    /// <summary>Nine rules at the edge of what they allow raise a false alarm in one night of twenty, not for one rule of twenty.</summary>
    [Fact]
    public void ManyRules_FalseAlarms_AreOfTheNight()
    {
        double alarms = GateSimulation.Share(Draws, random =>
        {
            GateCheck[] checks =
                [.. Enumerable.Range(0, 9).Select(_ => GateSimulation.Check(GateSimulation.Draw(random, 500, 0.1, 0.01), 1))];
            return GateDecision.Decide(checks).Any(c => c.Verdict == GateVerdict.Regression);
        });
        Assert.InRange(alarms, 0, 0.05 + Tolerance);
        Assert.InRange(alarms, 0.005, 1);
    }

    /// <summary>The tasks of a group drop by unequal amounts, on average by what is allowed, so the rows of a task err together.</summary>
    [Theory]
    [InlineData(57, 30, 0.06)]
    [InlineData(57, 250, 0.03)]
    [InlineData(13, 30, 0.04)]
    public void GroupOfTasks_FalseAlarms_AtMostFivePercent(int tasks, int rows, double scatter)
    {
        double alarms = GateSimulation.Share(Draws, random =>
        {
            var paired = new List<PairedRow>();
            for (int task = 0; task < tasks; task++)
            {
                double drop = 0.01 + (scatter * (random.Next(2) == 0 ? 1 : -1));
                PairedProportions pairs = drop >= 0 ? GateSimulation.Draw(random, rows, 0.1, drop)
                    : GateSimulation.Draw(random, rows, 0.1, -drop) is var other ? new PairedProportions(other.Won, other.Lost, rows)
                    : default;
                int lost = (int)pairs.Lost, won = (int)pairs.Won;
                paired.AddRange(Enumerable.Range(0, rows)
                    .Select(i => new PairedRow(task, i < lost ? 1 : 0, i >= lost && i < lost + won ? 1 : 0)));
            }

            LossTest test = new PairedRows(paired, true, sameWeights: false).Test()!;
            return GateDecision.Decide([GateSimulation.Check(default, 1) with { Test = test }])[0].Verdict == GateVerdict.Regression;
        });
        Assert.True(alarms <= 0.05, $"{alarms:P2} false alarms");
    }

    /// <summary>
    /// The same for numbers, of a few tasks as well: with as many degrees of freedom as rows a group of two tasks was called in 18% of
    /// draws.
    /// </summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(10)]
    public void GroupOfNumbers_DropIsJustAllowed_IsCalledEitherWayInFivePercent(int tasks)
    {
        GateVerdict[] verdicts = new GateVerdict[Draws / 4];
        var random = new Random(1234);
        for (int draw = 0; draw < verdicts.Length; draw++)
        {
            double[] drops = [.. Enumerable.Range(0, tasks).Select(_ => 0.01 + (0.1 * (random.NextDouble() - 0.5)))];
            PairedRow[] rows =
            [
                .. from task in Enumerable.Range(0, tasks)
                   from row in Enumerable.Range(0, 50)
                   let score = random.NextDouble()
                   select new PairedRow(task, score, score - drops[task] + (0.1 * (random.NextDouble() - 0.5))),
            ];
            LossTest test = new PairedRows(rows, true, sameWeights: false).Test()!;
            verdicts[draw] = GateDecision.Decide([GateSimulation.Check(default, 1) with { Test = test }])[0].Verdict;
        }

        Assert.InRange((double)verdicts.Count(v => v == GateVerdict.Regression) / verdicts.Length, 0, 0.05);
        Assert.InRange((double)verdicts.Count(v => v == GateVerdict.Fine) / verdicts.Length, 0, 0.05);
    }

    [Theory]
    [InlineData(0.02, nameof(GateVerdict.Regression))]
    [InlineData(0.001, nameof(GateVerdict.Fine))]
    public void FourteenThousandRows_TwoPointsAreCalledATenthIsNot(double drop, string expected)
    {
        double share = GateSimulation.Share(
            500, random => GateSimulation.Judge(GateSimulation.Draw(random, 14_042, 0.1, drop), 1).ToString() == expected);
        Assert.True(share > 0.9, $"{share:P1}");
    }

    [Fact]
    public void NothingChanged_FewRows_IsNotCalledFine()
    {
        GateCheck few = GateDecision.Decide([GateSimulation.Check(new PairedProportions(0, 0, 100), 1)])[0];
        Assert.Equal(GateVerdict.Inconclusive, few.Verdict);
        Assert.StartsWith("about ", few.Remark, StringComparison.Ordinal);
        Assert.Equal(GateVerdict.Fine, GateSimulation.Judge(new PairedProportions(0, 0, 1_000), 1));
    }

    /// <summary>
    /// The definition: at an interval's end the drop lies 1.96 deviates away, with the share won that makes the table likeliest.
    /// </summary>
    [Theory]
    [InlineData(1, 0, 44)]
    [InlineData(0, 0, 100)]
    [InlineData(12, 5, 164)]
    [InlineData(3, 30, 500)]
    public void Interval_EndsWhereTheScoreSays(int lost, int won, int rows)
    {
        Interval interval = new PairedProportions(lost, won, rows).Interval(Interval.Normal95);
        Assert.Equal(Interval.Normal95, Math.Abs(Deviates(interval.Low)), 0.01);
        Assert.Equal(Interval.Normal95, Math.Abs(Deviates(interval.High)), 0.01);

        double Deviates(double drop)
        {
            double likeliest = Enumerable.Range(0, 200_001)
                .Select(i => Math.Max(0, -drop) + (i / 200_000.0 * (1 - Math.Abs(drop)) / 2)).MaxBy(LogLikelihood);
            return (lost - won - (rows * drop)) / Math.Sqrt(rows * ((2 * likeliest) + drop - (drop * drop)));

            double LogLikelihood(double wonShare) =>
                Term(lost, wonShare + drop) + Term(won, wonShare) + Term(rows - lost - won, 1 - drop - (2 * wonShare));
        }

        static double Term(int count, double share) => count == 0 ? 0 : share <= 0 ? double.NegativeInfinity : count * Math.Log(share);
    }
}
