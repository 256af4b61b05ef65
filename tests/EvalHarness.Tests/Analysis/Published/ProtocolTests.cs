using EvalHarness.Analysis.Published;
using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Tasks;
using EvalHarness.Tests.Results;
using EvalHarness.Tests.Sandbox;

namespace EvalHarness.Tests.Analysis.Published;

/// <summary>
/// Each protocol of the published scores is run over a few documents with answers made beforehand. Those whose tasks are not built in need
/// LMEVAL_TASKS, the folder lm_eval/tasks of lm-evaluation-harness.
/// </summary>
[Trait("Speed", "slow")]
public sealed class ProtocolTests : IDisposable
{
    /// <summary>The folders of the reference that have the tasks, because all of its files take seconds to read.</summary>
    private static readonly string[] Folders =
        ["llama3/instruct", "mmlu/generative", "mmlu_pro", "leaderboard/mmlu_pro", "gsm8k", "humaneval"];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Protocols => [.. PublishedScores.Known.Protocols.Select(p => p.Id)];

    /// <summary>
    /// Half of the answers are right, and each published score of the protocol is compared with that half, in its own average.
    /// </summary>
    [SkippableTheory]
    [MemberData(nameof(Protocols))]
    public async Task Run_OfAProtocol_HasTheScoreThatTheVerdictReads(string id)
    {
        PublishedProtocol protocol = PublishedScores.Known.Protocols.First(p => p.Id == id);
        (RunReport report, IReadOnlyList<TaskRun> tasks) = await RunAsync(protocol);
        IEnumerable<PublishedScore> scores = PublishedScores.Known.Scores.Where(s => s.Protocol == id);
        foreach (ScoreAverage? average in scores.Select(s => s.Setting.Average).Distinct())
        {
            MeasuredScore? score = MeasuredScore.Of(report, protocol, average, out string? problem);
            Assert.True(score is not null, $"{average}: {problem}");
            Assert.Equal((0.5, tasks.Sum(t => t.Available)), (score.Value, score.Count));
            if (average is not null)
                Assert.Equal(average, score.Average);
        }

        Assert.All(tasks, task => AssertDoes(protocol, task));
        Assert.Equal(protocol.Does(), protocol.Does(report.Config(tasks[0].Definition.Name)));
    }

    /// <summary>A protocol whose task is not built in reads a score that the task gives, and says what the task does.</summary>
    [Fact]
    public void EachProtocolOfTheReferencesTasks_FitsWhatTheyGive()
    {
        PublishedProtocol[] others = [.. PublishedScores.Known.Protocols.Where(p => !p.IsIn(TaskCatalog.Load([])))];
        Assert.Equal(
            others.Select(p => p.Tasks).Distinct().Order(StringComparer.Ordinal),
            ReferenceTask.All.Select(t => t.Name).Order(StringComparer.Ordinal));
        Assert.All(others, protocol =>
        {
            ReferenceTask task = ReferenceTask.All.Single(t => t.Name == protocol.Tasks);
            Assert.Equal(task.Metric, protocol.Metric);
            Assert.Contains(protocol.Filter, task.Filters.Split(' '));
            PublishedSetting does = protocol.Does();
            bool generates = task.Output == OutputType.GenerateUntil;
            Assert.Equal(generates ? "generated" : "letters", does.Answer);
            string? own = protocol.Of(new RunOptions { Model = "m", Tasks = [] }).GenerationSettings;
            object? limit = own is null ? null : GenerationReader.LimitOf(GenerationSettings.Parse(own));
            Assert.Equal((int?)(long?)limit ?? task.Limit, does.MaxTokens);
            Assert.Equal(task.ListsExamples, does.Examples is not null);
        });
    }

    [SkippableTheory]
    [MemberData(nameof(ReferencesTasks))]
    public void Facts_AreThoseOfTheReferencesFiles(string name)
    {
        string? reference = Environment.GetEnvironmentVariable("LMEVAL_TASKS");
        Skip.If(reference is null, "needs LMEVAL_TASKS, the folder lm_eval/tasks of lm-evaluation-harness");
        TaskCatalog catalog = TaskCatalog.Load([.. Folders.Select(f => Path.Combine(reference!, f))]);
        ReferenceTask facts = ReferenceTask.All.Single(t => t.Name == name);
        Assert.All(catalog.Select([name]).Tasks, task => Assert.Equal(facts, ReferenceTask.Of(name, task, facts.Metric)));
    }

    public static TheoryData<string> ReferencesTasks => [.. ReferenceTask.All.Select(t => t.Name)];

    /// <summary>What the registry says of a protocol is what its tasks do, because departures are found by it.</summary>
    private static void AssertDoes(PublishedProtocol protocol, TaskRun task)
    {
        PublishedSetting does = protocol.Does();
        bool generates = task.Definition.OutputType == OutputType.GenerateUntil;
        GenerationOptions generation = task.Definition.Generation;
        Assert.Equal(does.Shots, task.NumFewShot);
        Assert.Equal(does.Answer, generates ? "generated" : "letters");
        Assert.Equal(does.MaxTokens, generates ? generation.MaxTokens : null);
        Assert.Equal(does.Sampling, !generates ? null : generation.Greedy ? "greedy" : "drawn");
        Assert.Equal(1, task.AnswersOfEach);
        Assert.NotNull(does.ChainOfThought);
        Assert.NotNull(does.Prompt);
        // A filter that is called strict or flexible is so here too.
        string kind = protocol.Filter.Split('-', '_')[0];
        if (kind is "strict" or "flexible")
            Assert.Equal(kind, does.Match);
        bool listed = task.Definition.FewShot.Samples is not null;
        Assert.Equal(listed, does.Examples is { } examples && !examples.Contains("training split", StringComparison.Ordinal));
    }

    private async Task<(RunReport Report, IReadOnlyList<TaskRun> Tasks)> RunAsync(PublishedProtocol protocol)
    {
        string? reference = Environment.GetEnvironmentVariable("LMEVAL_TASKS");
        bool isBuiltIn = protocol.IsIn(TaskCatalog.Load([]));
        Skip.If(!isBuiltIn && reference is null, "needs LMEVAL_TASKS, the folder lm_eval/tasks of lm-evaluation-harness");
        bool runsCode = protocol.Metric.StartsWith("pass@", StringComparison.Ordinal);
        Skip.If(runsCode && TestBackends.All.Count == 0, "no sandbox works on this machine");
        RunOptions options = protocol.Of(new RunOptions
        {
            Model = "completion",
            Tasks = [],
            IncludePaths = isBuiltIn ? [] : [.. Folders.Select(f => Path.Combine(reference!, f))],
            AllowCodeExecution = runsCode,
        });
        await using EvaluationRun run = await EvaluationRun.PrepareAsync(
            options, TimeProvider.System, CancellationToken.None, new BenchmarkDocuments());
        await using var engine = new CompletionEngine();
        Manifest manifest = await run.DescribeAsync(engine.Description, new Dictionary<string, string>(), CancellationToken.None);
        manifest = manifest with { Sessions = [new RunSession { Command = ["run"], Started = DateTimeOffset.UnixEpoch }] };
        using var folder = RunFolder.Create(_folder["run"]);
        using Journal journal = await Journal.OpenAsync(folder, manifest, TimeProvider.System, CancellationToken.None);
        var sink = new RecordingSink();
        RunResults results = await run.ExecuteAsync(engine, manifest, journal, [sink], progress: null, CancellationToken.None);
        Assert.Equal(0, results.Errored);
        return (RunReport.Of(results), run.Tasks);
    }

    public void Dispose() => _folder.Dispose();
}
