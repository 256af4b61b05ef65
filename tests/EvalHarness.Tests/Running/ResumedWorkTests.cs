using System.Runtime.CompilerServices;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Tests.OpenAI.Transport;

namespace EvalHarness.Tests.Running;

/// <summary>What a resumed run has cost is the sum over its starts. Time and work are those of an engine that counts exactly.</summary>
public sealed class ResumedWorkTests : IDisposable
{
    private const int Requests = 12, SecondsEach = 2;

    private readonly TemporaryFolder _folder = new();
    private readonly StepTime _time = new();

    private sealed class StepTime : TimeProvider
    {
        internal TimeSpan Now { get; set; }

        public override long GetTimestamp() => Now.Ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    }

    /// <summary>Takes two seconds for a request, and stops after some of them as an engine that has failed.</summary>
    private sealed class Engine(StepTime time, int stopAfter) : IEngine
    {
        private int _answered;

        public EngineDescription Description { get; } =
            new() { Engine = "counting", ModelPath = "", ModelName = "counting", Device = "none", Files = [] };

        public EngineUsage Usage { get; private set; } = new() { Workers = 2 };

        public Prompt Render(Prompt prompt) => prompt;

        public async IAsyncEnumerable<Response> RunAsync(
            IEnumerable<Request> requests,
            IReadOnlySet<RequestKey> answered,
            [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (Request request in requests.Where(r => !answered.Contains(r.Key)))
            {
                if (_answered++ == stopAfter)
                    throw new EvalException(ExitCode.Model, "the engine has failed");
                time.Now += TimeSpan.FromSeconds(SecondsEach);
                Usage = Usage.Plus(new EngineUsage
                {
                    PromptTokensAsked = 10,
                    PromptTokensUnique = 7,
                    PromptTokensPlanned = 8,
                    PromptTokensComputed = 8,
                    TokensGenerated = 3,
                    TokenizingSeconds = 0.25,
                    PrefillSeconds = 0.5,
                    DecodeSeconds = 1.5,
                });
                yield return new Response
                {
                    Key = request.Key,
                    FinishReason = FinishReason.Stop,
                    Text = "4",
                    PromptTokens = 10,
                    CompletionTokens = 3,
                };
            }

            await Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Progress(Action<RunProgress> report) : IProgress<RunProgress>
    {
        public void Report(RunProgress value) => report(value);
    }

    /// <summary>One start of the run in a folder; null if the engine stops.</summary>
    /// <param name="name">Of the folder.</param>
    /// <param name="stopAfter">How many requests the engine answers.</param>
    /// <param name="killedAfter">
    /// How many requests are answered when the start writes down for the last time what it has spent; null if it does so at its end.
    /// </param>
    private async Task<RunReport?> StartAsync(string name, int stopAfter = Requests, int? killedAfter = null)
    {
        TinyData.Fill(_folder);
        _folder.Write("tasks/twin.yaml", TinyData.Task.Replace("task: tiny", "task: twin", StringComparison.Ordinal));
        var options = new RunOptions
        {
            Model = "counting",
            Tasks = ["tiny", "twin"],
            IncludePaths = [_folder["tasks"]],
            Datasets = [_folder["data"]],
        };
        await using EvaluationRun run = await EvaluationRun.PrepareAsync(options, _time, CancellationToken.None);
        await using var engine = new Engine(_time, stopAfter);
        bool isBegun = File.Exists(_folder[$"{name}/manifest.json"]);
        using RunFolder folder = isBegun ? RunFolder.Continue(_folder[name]) : RunFolder.Create(_folder[name]);
        Manifest manifest = isBegun
            ? folder.ReadManifest()
            : await run.DescribeAsync(engine.Description, new Dictionary<string, string>(), CancellationToken.None);
        IReadOnlyList<RunSession> earlier = manifest.Sessions;
        var session = new RunSession { Command = [], Started = DateTimeOffset.UnixEpoch };
        manifest = manifest with { Sessions = [.. earlier, session] };
        using Journal journal = await Journal.OpenAsync(folder, manifest, _time, CancellationToken.None);
        RunWork? written = null;
        var progress = new Progress(p => written = p.Done == killedAfter ? run.Work : written);
        RunReport? report = null;
        try
        {
            report = RunReport.Of(await run.ExecuteAsync(engine, manifest, journal, [folder], progress, CancellationToken.None));
        }
        catch (EvalException e) when (e.ExitCode == ExitCode.Model)
        {
            // As it is told to.
        }

        session = session with { Work = killedAfter is null ? run.Work : written };
        await folder.WriteManifestAsync(manifest with { Sessions = [.. earlier, session] });
        return report;
    }

    [Theory]
    [InlineData(8)]
    [InlineData(4, 5)]
    [InlineData(0, 6)]
    public async Task Resumed_CostsWhatAnUninterruptedRunCosts(params int[] stops)
    {
        HarnessReport whole = (await StartAsync("whole"))!.Harness;
        Assert.Equal((36, 24.0, 24.0), (whole.Usage.TokensGenerated, whole.Seconds.Total, whole.Seconds.Answering));
        foreach (int stop in stops)
            Assert.Null(await StartAsync("resumed", stop));
        RunReport report = (await StartAsync("resumed"))!;
        HarnessReport resumed = report.Harness;
        Assert.Equal("24", report.TotalEvaluationTimeSeconds);
        AssertSame(whole.Cost, resumed.Cost);
        Assert.Equal((8 / 0.5, 3 / 1.5), (resumed.Cost.Prefill!.Value, resumed.Cost.Decode!.Value));
        Assert.Equal(["tiny", "twin"], resumed.Work.Keys.Order());
        foreach (string task in whole.Work.Keys)
        {
            AssertSame(whole.Work[task], resumed.Work[task]);
            Assert.Equal(new TokenCount(60, 0, 18), resumed.Tokens[task]);
        }

        // What is on the disk is what the run has said.
        HarnessReport read = RunFolder.Open(_folder["resumed"]).ReadResults().Harness;
        AssertSame(whole.Cost, read.Cost);
        IReadOnlyList<RunSession> sessions = RunFolder.Open(_folder["resumed"]).ReadManifest().Sessions;
        Assert.Equal(stops.Length + 1, sessions.Count);
        Assert.Equal(stops.Select(s => 3L * s).Append(36 - stops.Sum(s => 3L * s)), sessions.Select(s => s.Work!.Usage.TokensGenerated));
    }

    private static void AssertSame(RunCost expected, RunCost actual)
    {
        Assert.Equal(expected.Usage, actual.Usage);
        Assert.Equal(expected.Seconds with { PeakMemory = 0 }, actual.Seconds with { PeakMemory = 0 });
    }

    [Fact]
    public async Task Resumed_PeakMemory_IsTheLargest()
    {
        await StartAsync("run", stopAfter: 8);
        var folder = RunFolder.Open(_folder["run"]);
        Manifest manifest = folder.ReadManifest();
        RunSession first = manifest.Sessions[0];
        RunWork work = first.Work! with { Seconds = first.Work.Seconds with { PeakMemory = 1L << 50 } };
        await folder.WriteManifestAsync(manifest with { Sessions = [first with { Work = work }] });
        HarnessReport resumed = (await StartAsync("run"))!.Harness;
        Assert.Equal(1L << 50, resumed.Seconds.PeakMemory);
        Assert.InRange(resumed.Work["twin"].Seconds.PeakMemory, 1, (1L << 50) - 1);
    }

    /// <summary>
    /// Of a start that was killed, the work after it last wrote down what it had spent is not known. Its responses are in the journal, and
    /// so are their tokens.
    /// </summary>
    [Fact]
    public async Task Killed_CountsUpToWhatItWroteDown()
    {
        await StartAsync("run", stopAfter: 8, killedAfter: 5);
        HarnessReport resumed = (await StartAsync("run"))!.Harness;
        Assert.Equal((36 - 9, 24.0 - 6), (resumed.Usage.TokensGenerated, resumed.Seconds.Total));
        Assert.Equal((5, 4), (resumed.Work["tiny"].Usage.TokensGenerated / 3, resumed.Work["twin"].Usage.TokensGenerated / 3));
        Assert.Equal(new TokenCount(120, 0, 36), resumed.Tokens.Values.Aggregate(TokenCount.Add));
    }

    /// <summary>Folders of versions that did not write down what a start spent are read, and what is not known counts nothing.</summary>
    [Fact]
    public async Task EarlierVersion_CountsTheStartsThatAreKnown()
    {
        await StartAsync("run", stopAfter: 8, killedAfter: -1);
        Assert.Null(RunFolder.Open(_folder["run"]).ReadManifest().Sessions[0].Work);
        Assert.Equal(4 * SecondsEach, (await StartAsync("run"))!.Harness.Seconds.Total);
    }

    [Fact]
    public async Task Checkpoints_WriteWhatIsSpentMeanwhileAndAtTheEnd()
    {
        await StartAsync("run", stopAfter: 8);
        using var folder = RunFolder.Continue(_folder["run"]);
        Manifest manifest = folder.ReadManifest();
        int spent = 1;
        Manifest Now() => manifest with { Sessions = [manifest.Sessions[0] with { Spent = Volatile.Read(ref spent) }] };
        var checkpoints = new SessionCheckpoints(folder, Now, new FastTime());
        await using (checkpoints)
        {
            for (; spent < 4; Interlocked.Increment(ref spent))
            {
                while (folder.ReadManifest().Sessions[0].Spent != spent)
                    await Task.Delay(1);
            }
        }

        Assert.Equal(4, folder.ReadManifest().Sessions[0].Spent);
        Assert.Equal(["manifest.json", "responses.jsonl", "responses.jsonl.lock", "samples"], Names());
        IEnumerable<string?> Names() => Directory.GetFileSystemEntries(_folder["run"]).Select(Path.GetFileName).Order();
    }

    public void Dispose() => _folder.Dispose();
}
