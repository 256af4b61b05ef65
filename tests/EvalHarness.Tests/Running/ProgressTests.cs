using EvalHarness.Cli;
using EvalHarness.Engines;
using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Scoring.Statistics;
using EvalHarness.Tests.Results;

namespace EvalHarness.Tests.Running;

public sealed class ProgressTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Reads the score at every report, as a very fast terminal would.</summary>
    private sealed class Watcher : IProgress<RunProgress>
    {
        internal List<(RunProgress Progress, RunningScore? Score)> Seen { get; } = [];

        public void Report(RunProgress value) => Seen.Add((value, value.Score()));
    }

    private async Task<(List<(RunProgress Progress, RunningScore? Score)> Seen, RunResults Results)> WatchAsync(string? task = null)
    {
        TinyData.Fill(_folder, task);
        await using ReplayedRun opened = await ReplayedRun.OpenAsync(_folder, "tiny");
        using var folder = RunFolder.Create(_folder["run"]);
        using Journal journal = await Journal.OpenAsync(folder, opened.Manifest, TimeProvider.System, CancellationToken.None);
        var watcher = new Watcher();
        return (
            watcher.Seen,
            await opened.Run.ExecuteAsync(opened.Engine, opened.Manifest, journal, [], watcher, CancellationToken.None));
    }

    [Fact]
    public async Task Score_WhileAnswering_IsThatOfWhatIsAnswered()
    {
        (List<(RunProgress Progress, RunningScore? Score)> seen, RunResults results) = await WatchAsync();
        Assert.Null(seen[0].Score);
        Assert.Equal(Enumerable.Range(0, 7), seen.Select(s => s.Progress.Done));
        // The last of six answers is wrong.
        Assert.Equal([1, 1, 1, 1, 1, 5.0 / 6], seen.Skip(1).Select(s => s.Score!.Value));
        Assert.Equal(results.Tasks[0].Metrics[0].Value, seen[^1].Score!.Value);
        Assert.Equal(("exact_match", 6), (seen[^1].Score!.Metric, seen[^1].Score!.Count));
        Assert.All(seen, s => Assert.Null(s.Progress.Left));
    }

    /// <summary>
    /// A row without a prompt is done and errored when it is met, also where it is the first one. The other errors are of requests that
    /// have no recorded answer.
    /// </summary>
    [Theory]
    [InlineData("", 6, 1)]
    [InlineData("\nrepeats: 2", 12, 6)]
    [InlineData("\noutput_type: multiple_choice\ndoc_to_choice: choices", 6, 16)]
    public async Task Done_FirstRowDoesNotFit_ReachesTheTotal(string more, int total, int errored)
    {
        string task = TinyData.Task.Replace(
            "\\nA:", "\\nA:{{ choices[9] if question == 'What is 0 + 0?' else '' }}", StringComparison.Ordinal);
        (List<(RunProgress Progress, RunningScore? Score)> seen, RunResults results) = await WatchAsync(task + more);
        Assert.All(seen.Skip(1), s => Assert.True(s.Progress.Done >= total / 6 && s.Progress.Errored >= 1));
        Assert.Equal((total, total, errored), (seen[^1].Progress.Done, seen[^1].Progress.Total, seen[^1].Progress.Errored));
        Assert.Equal(results.Tasks[0].Metrics[0].Count, seen[^1].Score?.Count ?? 0);
    }

    [Fact]
    public async Task Score_OfAGraderThatIsCostly_IsNotComputedOnTheSide()
    {
        string counter = _folder["count"];
        _folder.Write(
            "grade.sh", $"echo x >> '{counter}'\nsed -E 's/.*\"id\":([0-9]+).*/{{\"id\": \\1, \"scores\": {{\"exact_match\": 1}}}}/'\n");
        (List<(RunProgress Progress, RunningScore? Score)> seen, _) = await WatchAsync(
            TinyData.Task + $"\ngrader: command\ngrader_command: [sh, {_folder["grade.sh"]}]\n");
        Assert.All(seen, s => Assert.Null(s.Score));
        // The grader is started for the samples, and perhaps for the empty job before the run.
        Assert.InRange(File.ReadAllLines(counter).Length, 1, 2);
    }

    /// <summary>Two tasks: 1,000 characters of prompts to score, then 3,000 with ten completions of at most 100 tokens.</summary>
    [Fact]
    public void RemainingTime_ByHand()
    {
        var remaining = new RemainingTime([new TaskWork(1000, 0, 0), new TaskWork(3000, 10, 1000)], new EngineUsage());
        Assert.Null(remaining.Estimate(new EngineUsage(), TimeSpan.FromSeconds(1)));
        remaining.StartTask(1);
        // 125 prompt tokens took 1 s of 2. Left: 125 of these and, at a quarter of a token per character, 750; 500 tokens to come count
        // tenfold.
        var usage = new EngineUsage { PromptTokensPlanned = 250, PromptTokensComputed = 125, PrefillSeconds = 1 };
        Assert.Equal((875 + 5000) / 125.0 * 2, remaining.Estimate(usage, TimeSpan.FromSeconds(2))!.Value.TotalSeconds, 1e-3);
        remaining.StartTask(1);
        remaining.Completed();
        remaining.Completed();
        // All prompts are computed, 20 tokens a completion at 20 a second; the model has 10 of 12 s.
        usage = new EngineUsage
        {
            PromptTokensPlanned = 1000,
            PromptTokensComputed = 1000,
            PrefillSeconds = 8,
            TokensGenerated = 40,
            DecodeSeconds = 2,
        };
        Assert.Equal(8 * 20 / 20.0 * 12 / 10, remaining.Estimate(usage, TimeSpan.FromSeconds(12))!.Value.TotalSeconds, 1e-3);
    }

    /// <summary>In a resumed run only the unanswered requests count.</summary>
    [Fact]
    public void RemainingTime_HalfAnswered_CountsTheRest()
    {
        var remaining = new RemainingTime([new TaskWork(1000, 10, 1000)], new EngineUsage());
        remaining.StartTask(0.5);
        var usage = new EngineUsage
        {
            PromptTokensPlanned = 100,
            PromptTokensComputed = 100,
            PrefillSeconds = 1,
            TokensGenerated = 30,
            DecodeSeconds = 3,
        };
        remaining.Completed();
        remaining.Completed();
        remaining.Completed();
        Assert.Equal(2 * 10 / 10.0, remaining.Estimate(usage, TimeSpan.FromSeconds(4))!.Value.TotalSeconds, 1e-3);
    }

    [Theory]
    [InlineData("Terminal", 3, "\r\x1b[K")]
    [InlineData("Log", 1, "\n")]
    [InlineData("Program", 3, "\n")]
    public void ProgressLine_IsForWhoReadsIt(string reader, int lines, string between)
    {
        var time = new StepTime();
        using var written = new StringWriter();
        var line = new ProgressLine(written, Enum.Parse<ProgressReader>(reader), time);
        foreach (int second in (int[])[1, 2, 31])
        {
            time.Now = TimeSpan.FromSeconds(second);
            line.Report(new RunProgress("tiny", second, 100, 2, new EngineUsage { PromptTokensComputed = 310 * second })
            {
                Left = TimeSpan.FromMinutes(61),
                Score = () => new RunningScore("acc", 0.5, new Interval(0.25, 0.75), 8),
            });
        }

        string[] seen = $"\n{written}".TrimEnd('\n').Split(between, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines, seen.Count(s => s != "\n"));
        string last = reader == "Program" ? ProgressReport.Parse(seen[^1])!.ToString() : seen[^1];
        Assert.Equal("31/100 (31%) tiny acc 0.500 [0.250, 0.750], 310 tokens/s, 0:31, 1:01:00 left, 2 errored", last);
        line.Clear();
        Assert.Equal(reader == "Terminal", written.ToString().EndsWith("\r\x1b[K", StringComparison.Ordinal));
    }

    private sealed class StepTime : TimeProvider
    {
        internal TimeSpan Now { get; set; }

        public override long GetTimestamp() => Now.Ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    }

    public void Dispose() => _folder.Dispose();
}
