using EvalHarness.Cli;
using EvalHarness.Cli.Processes;

namespace EvalHarness.Tests.Cli;

/// <summary>One line for several processes, and the lines by which they tell how far they are.</summary>
public sealed class PartsProgressTests
{
    private static ProgressReport Report(int done, int total, long tokens = 0, int errored = 0, double? left = null) => new()
    {
        Done = done,
        Total = total,
        Errored = errored,
        Tokens = tokens,
        Seconds = 1,
        SecondsLeft = left,
        What = "tiny",
    };

    [Fact]
    public void Line_IsReadBack()
    {
        ProgressReport report = Report(3, 7, tokens: 90, errored: 1, left: 61.5) with { What = "täsk acc 0.500 [0.250, 0.750]" };
        Assert.StartsWith("progress: {", report.ToLine(), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', report.ToLine());
        Assert.Equal(report, ProgressReport.Parse(report.ToLine()));
        Assert.Equal("3/7 (42%) täsk acc 0.500 [0.250, 0.750], 90 tokens/s, 0:01, 1:01 left, 1 errored", report.ToString());
    }

    [Theory]
    [InlineData("warning: progress: {}")]
    [InlineData("progress: {\"done\": 3, \"tot")]
    [InlineData("progress: {}")]
    [InlineData("progress: none")]
    public void Line_ThatSaysNoProgress_IsNone(string line) => Assert.Null(ProgressReport.Parse(line));

    [Fact]
    public void Together_AddsUpAllProcessesAndStarts()
    {
        var time = new StepTime();
        using var written = new StringWriter();
        var together = new PartsProgress(new ProgressLine(written, ProgressReader.Program, time), 3, time);
        ProgressReport? Shown(int part, ProgressReport report)
        {
            written.GetStringBuilder().Clear();
            time.Now += TimeSpan.FromSeconds(2);
            together.Report(part, report);
            return ProgressReport.Parse(written.ToString());
        }

        for (int part = 0; part < 3; part++)
            together.Start(part);
        // The total is not known before all have said theirs.
        Assert.Null(Shown(0, Report(1, 10, tokens: 100)));
        Assert.Null(Shown(1, Report(2, 20, tokens: 200, left: 30)));
        ProgressReport all = Shown(2, Report(3, 30, tokens: 300, errored: 1, left: 50))!;
        Assert.Equal((6, 60, 1, 600L, 4.0, 50.0), (all.Done, all.Total, all.Errored, all.Tokens, all.Seconds, all.SecondsLeft));
        Assert.Equal("6/60 (10%) 3 of 3 processes at work, 150 tokens/s, 0:04, 0:50 left, 1 errored", all.ToString());
        // The second one is started again, and goes on where it was; the third one is finished.
        together.Start(1);
        together.End(2, isFinished: true);
        all = Shown(1, Report(5, 20, tokens: 50, left: 40))!;
        Assert.Equal((1 + 5 + 30, 60, 650L, 40.0), (all.Done, all.Total, all.Tokens, all.SecondsLeft));
        Assert.Equal("2 of 3 processes at work", all.What);
    }

    [Fact]
    public void Together_OneOfThemIsStopped_DoesNotCountItAsDone()
    {
        var time = new StepTime();
        using var written = new StringWriter();
        var together = new PartsProgress(new ProgressLine(written, ProgressReader.Log, time), 2, time);
        together.Start(0);
        together.Start(1);
        together.Report(0, Report(1, 10));
        together.End(0, isFinished: false);
        time.Now = TimeSpan.FromSeconds(31);
        together.Report(1, Report(4, 10));
        Assert.Equal("5/20 (25%) 1 of 2 processes at work, 0:31\n", written.ToString());
    }

    [Fact]
    public void Quiet_ShowsNothing()
    {
        var together = new PartsProgress(null, 1, new StepTime());
        together.Start(0);
        together.Report(0, Report(1, 10));
        bool written = false;
        together.Above(() => written = true);
        Assert.True(written);
    }

    private sealed class StepTime : TimeProvider
    {
        internal TimeSpan Now { get; set; }

        public override long GetTimestamp() => Now.Ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    }
}
