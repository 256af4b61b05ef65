namespace EvalHarness.Tests.Nightly.Gating;

/// <summary>Noisy devices drawn with known truth; the benchmarks' study "noise" has more nights and settings.</summary>
public sealed class NoiseSimulationTests
{
    private const int Draws = 1_000;

    /// <summary>Rows, share of rows that flip, how much they move together, margin, rows of the file; nothing is lost.</summary>
    [Theory]
    [InlineData(600, 0.02, 0.25, 0, 600)]
    [InlineData(600, 0.05, 0.1, 0, 600)]
    [InlineData(600, 0.05, 0.25, 1, 100)]
    [InlineData(2000, 0.02, 0.1, 0, 2000)]
    public void UnchangedModel_OnADeviceWhoseRowsMoveTogether_IsRedInFivePercent(
        int rows, double flips, double common, double margin, int fileRows)
    {
        var device = new NoiseSimulation(rows, flips, common, fileRows);
        double without = GateSimulation.Share(Draws, random => NoiseSimulation.IsRed(device.Draw(random, 0).Runs, margin));
        double with = GateSimulation.Share(Draws, random => NoiseSimulation.IsRed(device.Draw(random, 0).Noisy, margin));
        Assert.InRange(without, 0.07, 1);
        Assert.InRange(with, 0, 0.05);
    }

    [Theory]
    [InlineData(0, 0, 0.95)]
    [InlineData(0.02, 0, 0.85)]
    [InlineData(0.005, 0.25, 0.85)]
    public void ThreeMarginsLost_IsStillRed(double flips, double common, double share)
    {
        var device = new NoiseSimulation(2000, flips, common, 2000);
        double red = GateSimulation.Share(Draws, random => NoiseSimulation.IsRed(device.Draw(random, 0.03).Noisy, 1));
        Assert.InRange(red, share, 1);
    }

    /// <summary>Nights that confirm each other see the same baseline, whose configuration may have been an unlucky one.</summary>
    [Fact]
    public void ThirtyUnchangedNights_HaveFewFalseAlarms()
    {
        var device = new NoiseSimulation(300, 0.05, 0.1, 300);
        Assert.InRange(GateSimulation.Share(300, random => device.AnyAlarm(random, 30, 0).Without), 0.15, 1);
        Assert.InRange(GateSimulation.Share(300, random => device.AnyAlarm(random, 30, 0).With), 0, 0.1);
    }
}
