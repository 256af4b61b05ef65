namespace EvalHarness.Tests.Nightly.Gating;

/// <summary>Nights against a fixed baseline, drawn with known truth; the benchmarks' study "nights" has more draws and settings.</summary>
public sealed class NightsTestTests
{
    private const int Draws = 400;

    private static readonly NightsSimulation Task = new(Rows: 300, Discordant: 0.05, Margin: 0);

    private static double Share(Func<Random, bool> happens) => GateSimulation.Share(Draws, happens);

    [Fact]
    public void ThirtyUnchangedNights_HaveAFalseAlarmInFivePercent()
    {
        double alarms = Share(random => Task.FirstAlarm(random, 30, _ => 0) >= 0);
        Assert.InRange(alarms, 0.01, 0.07);
    }

    [Fact]
    public void LastingDropOfThreePoints_IsCalledWithinFourteenNights()
    {
        Assert.InRange(Share(random => Task.FirstAlarm(random, 14, _ => 9) >= 0), 0.82, 1);
        Assert.InRange(Share(random => Task.FirstAlarm(random, 22, night => night < 8 ? 0 : 9) >= 8), 0.82, 1);
    }

    [Fact]
    public void DriftOfTwoPointsANight_IsCalledWithinFourNights() =>
        Assert.InRange(Share(random => Task.FirstAlarm(random, 4, night => 6 * (night + 1)) >= 0), 0.9, 1);

    /// <summary>
    /// Eight nights lose 30 of 2,000 rows, which a margin of 2 points allows, and then 66 are lost for good. No answer flips, so the first
    /// of these nights is called, however many the others were.
    /// </summary>
    [Fact]
    public void AllowedLoss_ThatGrowsBeyondTheMargin_IsCalledAtOnce()
    {
        var stable = new NightsSimulation(Rows: 2_000, Discordant: 0, Margin: 2);
        Assert.Equal(8, stable.FirstAlarm(new Random(1), 20, night => night < 8 ? 30 : 66));
        Assert.Equal(24, stable.FirstAlarm(new Random(1), 40, night => night < 24 ? 30 : 66));
    }

    /// <summary>A model whose answers never change loses four rows for good: the second night confirms it.</summary>
    [Fact]
    public void StableAnswers_LossOfFewRows_IsConfirmedByLaterNights()
    {
        var stable = new NightsSimulation(Rows: 60, Discordant: 0, Margin: 0);
        Assert.InRange(stable.FirstAlarm(new Random(1), 10, _ => 4), 1, 3);
        Assert.Equal(0, stable.FirstAlarm(new Random(1), 10, _ => 20));
    }
}
