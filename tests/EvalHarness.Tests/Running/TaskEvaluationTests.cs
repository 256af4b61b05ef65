using EvalHarness.Data;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Pythonic;
using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Scoring;
using EvalHarness.Scoring.Metrics;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Functions;
using EvalHarness.Tests.Results;
using EvalHarness.Tests.Scoring;

namespace EvalHarness.Tests.Running;

/// <summary>What functions of a task give for each document becomes the results of the task as in lm-evaluation-harness.</summary>
public sealed class TaskEvaluationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static MetricDefinition Metric(string name, string aggregation, Func<IReadOnlyList<object?>, double>? function = null) =>
        new(name, aggregation, HigherIsBetter: true, new Dictionary<string, object?>())
        {
            Function = function is null ? null : new AggregationFunction(function),
        };

    /// <summary>A task whose process_results looks up what it returns by the answer.</summary>
    private static TaskRun Task(MetricDefinition[] metrics, params Dictionary<string, object?>[] values) => new(
        GradingJobs.Task(GradingJobs.Generate) with
        {
            Metrics = metrics,
            Grader = "process_results",
            ProcessResults = new ResultsFunction(results => values[int.Parse(results.Answers[0])]),
        },
        NumFewShot: 0,
        Seed: 1);

    private static AnsweredDocument Answered(TaskRun run, int id)
    {
        var document = new Document(new Dictionary<string, object?> { ["question"] = "?", ["answer"] = "a" });
        PreparedDocument prepared = new PromptBuilder(run).Prepare(new NumberedDocument(id, document));
        return new AnsweredDocument(
            prepared, [new Response { Key = new RequestKey("graded", id, 0), FinishReason = FinishReason.Stop, Text = $"{id}" }]);
    }

    private static async Task<(TaskResult Result, IReadOnlyList<SampleRow> Rows)> EvaluateAsync(TaskRun run, int documents)
    {
        var evaluation = new TaskEvaluation(run, new ProcessResultsGrader());
        GradedBlock block = await evaluation.AddAsync(
            [.. Enumerable.Range(0, documents).Select(id => Answered(run, id))], CancellationToken.None);
        return (evaluation.Finish(bootstrapIterations: 0), block.Rows());
    }

    private static async Task<MetricValue[]> MetricsAsync(MetricDefinition[] metrics, params Dictionary<string, object?>[] values) =>
        [.. (await EvaluateAsync(Task(metrics, values), values.Length)).Result.Metrics];

    [Fact]
    public async Task Metric_NotInMetricList_IsAveraged()
    {
        MetricValue[] metrics = await MetricsAsync(
            [Metric("best", "max", values => values.Cast<double>().Max())],
            new() { ["best"] = 1.0, ["other"] = 1.0 },
            new() { ["best"] = 3.0, ["other"] = 2.0 });
        Assert.Equal([("best", 3.0), ("other", 1.5)], metrics.Select(m => (m.Metric, m.Value!.Value)));
    }

    [Fact]
    public void Metric_OfPassAtK_IsAggregatedLikeIt()
    {
        MetricDefinition passAtK = Metric("pass_at_k", "median") with { HigherIsBetter = false };
        TaskDefinition task = GradingJobs.Task(GradingJobs.Generate) with { Metrics = [Metric("acc", "mean"), passAtK] };
        Assert.Same(passAtK, MetricTable.Definition(task, "pass@1"));
    }

    [Fact]
    public async Task Document_LacksAMetric_IsNotErrored()
    {
        MetricValue[] metrics = await MetricsAsync(
            [Metric("all", "mean"), Metric("some", "mean")],
            new() { ["all"] = 1.0, ["some"] = 1.0 },
            new() { ["all"] = 0.0 },
            new() { ["all"] = double.NaN });
        Assert.Equal(
            [("all", 0.5, 2, 1), ("some", 1.0, 1, 1)], metrics.Select(m => (m.Metric, m.Value!.Value, m.Count, m.Errored)));
    }

    [Fact]
    public async Task NaN_EntersAFunctionOrNanmean_AndNoMean()
    {
        MetricDefinition[] metrics =
            [Metric("f", "defined", values => values.Count(v => !double.IsNaN((double)v!))), Metric("n", "nanmean"), Metric("m", "mean")];
        (TaskResult result, IReadOnlyList<SampleRow> rows) = await EvaluateAsync(
            Task(
                metrics,
                new() { ["f"] = double.NaN, ["n"] = double.NaN, ["m"] = 1.0 },
                new() { ["f"] = 1.0, ["n"] = 3.0, ["m"] = 0.0 },
                new() { ["f"] = 1.0, ["n"] = 1.0, ["m"] = double.NaN },
                new() { ["f"] = 1.0, ["n"] = double.PositiveInfinity, ["m"] = 1.0 }),
            documents: 4);
        Assert.Equal([("f", 1.0, 2), ("n", 3.0, 2), ("m", 0.5, 2)], result.Metrics.Select(m => (m.Metric, m.Value!.Value, m.Errored)));
        Assert.Equal(
            [null, null, "m is nan; expected a finite number", "n is inf; expected a finite number"], rows.Select(r => r.Error));
    }

    [Theory]
    [InlineData("mean", "acc is a string, which the aggregation mean does not take")]
    [InlineData("f1", "acc is a string, which the aggregation f1 does not take")]
    public async Task Value_ThatTheAggregationDoesNotTake_IsAnErroredSample(string aggregation, string error)
    {
        TaskRun run = Task([Metric("acc", aggregation)], new Dictionary<string, object?> { ["acc"] = "text" });
        (TaskResult result, _) = await EvaluateAsync(run, documents: 1);
        Assert.Equal(($"document 0: {error}", 1), (result.FirstError, result.Errored));
    }

    /// <summary>Samples that are read from the run folder give the aggregation the very items that the function gave.</summary>
    [Fact]
    public async Task Samples_ReadAgain_GiveTheSameItems()
    {
        var seen = new List<IReadOnlyList<object?>>();
        var keys = new PythonDict { [1L] = double.NegativeInfinity };
        object?[] items =
        [
            PythonSequence.Tuple([1L, 1.0, true, "a", PythonSequence.Tuple([])]),
            new List<object?> { double.NaN, null },
            double.NaN,
            2L,
            2.0,
            false,
            new OrderedDictionary<string, object?> { ["b"] = PythonSequence.Tuple([0L]), ["a"] = 1L },
            keys,
            new OrderedDictionary<string, object?> { ["$"] = "tuple", ["v"] = new List<object?>() },
        ];
        TaskRun run = Task(
            [Metric("m", "seen", values =>
            {
                seen.Add([.. values]);
                return 1;
            })],
            [.. items.Select(item => new Dictionary<string, object?> { ["m"] = item })]);
        (TaskResult first, IReadOnlyList<SampleRow> rows) = await EvaluateAsync(run, items.Length);
        var again = new TaskEvaluation(run, isScored: true);
        foreach (SampleRow row in rows)
            again.Add(SampleRow.FromBytes(row.ToBytes()), []);
        TaskResult second = again.Finish(bootstrapIterations: 0);
        Assert.Equal(first.Metrics, second.Metrics);
        Assert.Equal([.. items.Select(Shown)], seen[0].Select(Shown));
        Assert.Equal(seen[0].Select(Shown), seen[1].Select(Shown));
        Assert.Equal(new SampleScore("m", "none", double.NaN, null), Assert.Single(rows[2].Scores));
        Assert.Equal(new SampleScore("m", "none", 2, "2"), Assert.Single(rows[3].Scores));
    }

    /// <summary>With types: Python's repr tells tuples from lists, 2 from 2.0, and True from 1.</summary>
    private static string Shown(object? item) => Python.Repr(item);

    /// <summary>Python that judges answers is not called while a model answers: it would wait for its turn in the sandbox.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ScoreSoFar_OfPython_IsNotComputed(bool runsPython)
    {
        TinyData.Fill(_folder);
        await using ReplayedRun opened = await ReplayedRun.OpenAsync(_folder, "tiny");
        using var folder = RunFolder.Create(_folder["run"]);
        using Journal journal = await Journal.OpenAsync(folder, opened.Manifest, TimeProvider.System, CancellationToken.None);
        RunResults results = await opened.Run.ExecuteAsync(opened.Engine, opened.Manifest, journal, [], null, CancellationToken.None);
        TaskRun run = results.Tasks[0].Run;
        int calls = 0;
        var function = new ResultsFunction(_ =>
        {
            calls++;
            return new Dictionary<string, object?> { ["exact_match"] = 1.0 };
        });
        TaskDefinition task = run.Definition with { ProcessResults = function with { RunsPython = runsPython } };
        using var documents = new PreparedDocuments(run with { Definition = task }, ChatFormat.None, prompt => prompt);
        var score = new ScoreSoFar(documents, new ProcessResultsGrader(), journal);
        score.Add(0);
        Assert.Equal(runsPython ? null : 1.0, score.Current()?.Value);
        Assert.Equal(runsPython ? 0 : 1, calls);
    }
}
