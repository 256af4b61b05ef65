using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

/// <summary>
/// Strengths of players. Expected numbers with ten digits were printed by <c>make_battle_cases.py</c>, which lies beside this file and has
/// the same battles: strengths by scikit-learn's logistic regression, errors by a sandwich written in numpy.
/// </summary>
public sealed class BradleyTerryTests
{
    private const int Cases = 1000;

    /// <summary>Battles of each two players: won by the first, won by the second, ties.</summary>
    private static readonly (int First, int Second, int Won, int Lost, int Ties)[] Cells =
        [(0, 1, 9, 5, 3), (0, 2, 11, 4, 0), (0, 3, 8, 1, 2), (1, 2, 7, 6, 4), (1, 3, 10, 3, 1), (2, 3, 6, 5, 2)];

    private static readonly double[] FirstSmaller = [1, 0, 1, 0.5, 0, 1, 1], FirstLarger = [0, 1, 0.5, 0, 1];

    private static BattleTable Counted()
    {
        var table = new BattleTable();
        foreach ((int first, int second, int won, int lost, int ties) in Cells)
        {
            for (int i = 0; i < won + lost + ties; i++)
                table.Add(first, second, i < won ? BattleOutcome.First : i < won + lost ? BattleOutcome.Second : BattleOutcome.Tie);
        }

        return table;
    }

    /// <summary>48 battles of four players on 16 documents, with two controls.</summary>
    private static BattleTable Rows(bool isClustered)
    {
        var table = new BattleTable(2, isClustered);
        for (int i = 0; i < 48; i++)
        {
            int first = i % 4, second = (first + 1 + (i / 4 % 3)) % 4;
            double score = first < second ? FirstSmaller[i * i % 7] : FirstLarger[i * 3 % 5];
            BattleOutcome outcome = score == 1 ? BattleOutcome.First : score == 0 ? BattleOutcome.Second : BattleOutcome.Tie;
            table.Add(first, second, outcome, [((i * 37 % 11) - 5) / 8f, ((i * 23 % 13) - 6) / 16f], (ulong)(i / 3));
        }

        return table;
    }

    [Fact]
    public void Counted_EqualsLogisticRegression() => AssertFit(
        BradleyTerry.Fit(Counted())!,
        [0.7299786480, 0.1608615014, -0.2218701883, -0.6689699611],
        [0.2435759552, 0.2127183386, 0.2301887980, 0.2518634929]);

    [Fact]
    public void Controls_EqualLogisticRegression() => AssertFit(
        BradleyTerry.Fit(Rows(isClustered: false))!,
        [-0.1368777535, -0.3497341684, 0.1217622748, 0.3648496470, -0.5596706138, -0.3005626320],
        [0.3655897034, 0.3121606173, 0.3352730437, 0.3676668277, 0.3289757315, 0.3082750934]);

    [Fact]
    public void Clusters_HaveTheSameStrengthsAndTheirOwnErrors()
    {
        BradleyTerry found = BradleyTerry.Fit(Rows(isClustered: true))!;
        AssertFit(
            found,
            [-0.1368777535, -0.3497341684, 0.1217622748, 0.3648496470, -0.5596706138, -0.3005626320],
            [0.3729177010, 0.2770481896, 0.3518707451, 0.4698208268, 0.3188804245, 0.3756055391]);
        Assert.Equal(16, found.Clusters);
        Assert.Equal(StudentQuantile.Upper(15, 0.025), found.Quantile);
    }

    private static void AssertFit(BradleyTerry found, double[] parameters, double[] errors)
    {
        Assert.False(found.IsPenalized);
        Assert.Equal(0, found.Parameters.Take(4).Sum(), 1e-9);
        for (int i = 0; i < parameters.Length; i++)
        {
            Assert.Equal(parameters[i], found.Parameters[i], 1e-6);
            Interval interval = found.IntervalOf(i);
            Assert.Equal(errors[i], (interval.High - interval.Low) / (2 * found.Quantile), 1e-6);
        }
    }

    /// <summary>Battles counted, and the same ones kept one by one as clusters of one.</summary>
    [Fact]
    public void ClustersOfOneBattle_AreAlmostNone()
    {
        BattleTable counted = Counted(), rows = new(0, isClustered: true);
        ulong cluster = 0;
        foreach (BattleCell cell in counted.Cells)
        {
            for (long i = 0; i < cell.FirstWon; i++)
                rows.Add(cell.Second, cell.First, BattleOutcome.Second, cluster: cluster++);
            for (long i = 0; i < cell.SecondWon; i++)
                rows.Add(cell.First, cell.Second, BattleOutcome.Second, cluster: cluster++);
            for (long i = 0; i < cell.Ties; i++)
                rows.Add(cell.First, cell.Second, BattleOutcome.Tie, cluster: cluster++);
        }

        BradleyTerry first = BradleyTerry.Fit(counted)!, second = BradleyTerry.Fit(rows)!;
        Assert.Equal(87, second.Clusters);
        Assert.Equal(first.Difference(0, 3).Value, second.Difference(0, 3).Value, 1e-9);
        Assert.Equal(first.Difference(0, 3).Error * Math.Sqrt(87 / 86.0), second.Difference(0, 3).Error, 1e-9);
    }

    /// <summary>Which of two players is called the first is of no concern.</summary>
    [Fact]
    public void PlacesOfTheTwo_AreOfNoConcern()
    {
        BattleTable table = Rows(isClustered: true), turned = new(2, isClustered: true);
        for (int row = 0; row < 48; row++)
        {
            float[] controls = [.. table.ControlsOf(row).ToArray().Select(c => -c)];
            BattleOutcome outcome = table.Score(row) switch { 1 => BattleOutcome.Second, 0 => BattleOutcome.First, _ => BattleOutcome.Tie };
            turned.Add(table.Second(row), table.First(row), outcome, controls, (ulong)(row / 3));
        }

        BradleyTerry first = BradleyTerry.Fit(table)!, second = BradleyTerry.Fit(turned)!;
        for (int i = 0; i < 6; i++)
        {
            Assert.Equal(first.Parameters[i], second.Parameters[i], 1e-9);
            Assert.Equal(first.IntervalOf(i).High, second.IntervalOf(i).High, 1e-9);
        }
    }

    [Theory]
    [InlineData(1500, 0)]
    [InlineData(1500, 0.4)]
    [InlineData(1500, 1)]
    [InlineData(300, 0.4)]
    public void Intervals_HoldTheTruth(int battles, double ties)
    {
        int held = 0, differences = 0;
        for (int i = 0; i < Cases; i++)
        {
            BradleyTerry found = BradleyTerry.Fit(BattleSimulation.Independent(i, battles, ties))!;
            held += BattleSimulation.Strengths.Index().Count(s => Holds(found.IntervalOf(s.Index), s.Item));
            (double value, double error) = found.Difference(0, 3);
            differences += Math.Abs(value - 1.1) <= found.Quantile * error ? 1 : 0;
        }

        Assert.InRange((double)held / Cases / 6, 0.93, 0.97);
        Assert.InRange((double)differences / Cases, 0.93, 0.97);
    }

    /// <summary>Verdicts that come twice: with the documents the intervals hold, and without them they are too short.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(400)]
    public void Intervals_OfClusters_HoldTheTruth(int documents)
    {
        int held = 0, without = 0;
        for (int i = 0; i < Cases; i++)
        {
            BradleyTerry found = BradleyTerry.Fit(BattleSimulation.OnDocuments(i, documents, effect: null))!;
            BradleyTerry other = BradleyTerry.Fit(BattleSimulation.OnDocuments(i, documents, effect: null, isClustered: false))!;
            held += BattleSimulation.Strengths.Index().Count(s => Holds(found.IntervalOf(s.Index), s.Item));
            without += BattleSimulation.Strengths.Index().Count(s => Holds(other.IntervalOf(s.Index), s.Item));
        }

        Assert.InRange((double)held / Cases / 6, 0.93, 0.97);
        Assert.InRange((double)without / Cases / 6, 0.8, 0.9);
    }

    [Fact]
    public void Intervals_WithControls_HoldTheTruth()
    {
        int held = 0, effects = 0, none = 0;
        for (int i = 0; i < Cases; i++)
        {
            BattleTable table = BattleSimulation.OnDocuments(i, documents: 200, effect: 0.7);
            BradleyTerry found = BradleyTerry.Fit(table)!;
            held += BattleSimulation.Strengths.Index().Count(s => Holds(found.IntervalOf(s.Index), s.Item));
            effects += Holds(found.IntervalOf(6), 0.7 * table.Scale(0)) ? 1 : 0;
            none += Holds(found.IntervalOf(7), 0) ? 1 : 0;
        }

        Assert.InRange((double)held / Cases / 6, 0.93, 0.97);
        Assert.InRange((double)effects / Cases, 0.93, 0.97);
        Assert.InRange((double)none / Cases, 0.93, 0.97);
    }

    private static bool Holds(Interval interval, double truth) => interval.Low <= truth && truth <= interval.High;

    /// <summary>With two players the penalty is half a battle to each side: 20.5 to 0.5.</summary>
    [Fact]
    public void WonEverything_AddsHalfABattle()
    {
        var table = new BattleTable();
        for (int i = 0; i < 20; i++)
            table.Add(0, 1, BattleOutcome.First);
        BradleyTerry found = BradleyTerry.Fit(table)!;
        Assert.True(found.IsPenalized);
        Assert.Equal(Math.Log(20.5 / 0.5), found.Difference(0, 1).Value, 1e-6);
        Assert.Equal(0, found.Parameters[0] + found.Parameters[1], 1e-9);
        // 20 battles, of which one side wins 0.5 of 21.
        Assert.Equal(Math.Sqrt(1 / (20 * (20.5 / 21) * (0.5 / 21))), found.Difference(0, 1).Error, 1e-6);
    }

    /// <summary>Each verdict there twice is one verdict: the error is as large as that of half as many battles.</summary>
    [Fact]
    public void WonEverythingTwice_IsNotMoreCertain()
    {
        var table = new BattleTable(0, isClustered: true);
        for (int i = 0; i < 40; i++)
            table.Add(i % 2, 1 - (i % 2), i % 2 == 0 ? BattleOutcome.First : BattleOutcome.Second, cluster: (ulong)(i / 2));
        BradleyTerry found = BradleyTerry.Fit(table)!;
        Assert.True(found.IsPenalized);
        double share = 40.5 / 41;
        Assert.InRange(found.Difference(0, 1).Error, Math.Sqrt(1 / (40 * share * (1 - share))), 3);
    }

    /// <summary>Players of whom some win nearly always: often no finite strengths are the most likely ones.</summary>
    [Fact]
    public void FarApart_IntervalsHoldTheTruth()
    {
        double[] strengths = [3, 1, -1, -3];
        int held = 0, penalized = 0;
        for (int i = 0; i < Cases; i++)
        {
            BradleyTerry found = BradleyTerry.Fit(BattleSimulation.Independent(i, 60, ties: 0, strengths))!;
            held += strengths.Index().Count(s => Holds(found.IntervalOf(s.Index), s.Item));
            penalized += found.IsPenalized ? 1 : 0;
        }

        Assert.InRange(penalized, Cases / 3, Cases);
        Assert.InRange((double)held / Cases / 4, 0.93, 1);
    }

    /// <summary>A control that tells who wins, although each player beat each.</summary>
    [Fact]
    public void ControlThatTellsWhoWins_HasAFiniteEffect()
    {
        var table = new BattleTable(1);
        for (int i = 0; i < 40; i++)
            table.Add(i % 3, (i + 1) % 3, i % 2 == 0 ? BattleOutcome.First : BattleOutcome.Second, [i % 2 == 0 ? 1 : -1]);
        BradleyTerry found = BradleyTerry.Fit(table)!;
        Assert.True(found.IsPenalized);
        Assert.InRange(found.Parameters[3], 2, 6);
    }

    /// <summary>One player always writes twice as much as the other: no effect of the length can be told.</summary>
    [Fact]
    public void ControlOfThePlayers_IsNotKnown()
    {
        var table = new BattleTable(1);
        for (int i = 0; i < 40; i++)
            table.Add(0, 1, i % 3 == 0 ? BattleOutcome.First : BattleOutcome.Second, [1]);
        Assert.Null(BradleyTerry.Fit(table));
    }

    /// <summary>A control that is the same on both sides in every battle is left out.</summary>
    [Fact]
    public void ControlThatNeverDiffers_IsLeftOut()
    {
        BattleTable counted = Counted(), table = new(2);
        foreach (BattleCell cell in counted.Cells)
        {
            for (long i = 0; i < cell.Count; i++)
            {
                BattleOutcome outcome = i < cell.FirstWon ? BattleOutcome.First
                    : i < cell.FirstWon + cell.SecondWon ? BattleOutcome.Second : BattleOutcome.Tie;
                table.Add(cell.First, cell.Second, outcome, [0, 0]);
            }
        }

        Assert.Empty(table.Controls);
        Assert.Equal(BradleyTerry.Fit(counted)!.Parameters, BradleyTerry.Fit(table)!.Parameters);
    }
}
