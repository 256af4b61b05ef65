using System.Numerics;
using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Pythonic;
using EvalHarness.Scoring;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Code;
using EvalHarness.Tasks.Functions;
using EvalHarness.Tests.Scoring;

namespace EvalHarness.Tests.Tasks.Code;

/// <summary>
/// What the author's own Python is given to judge answers, and what becomes of what it returns; with an interpreter that is a function of
/// the test.
/// </summary>
public sealed class BoxedScoringTests
{
    /// <summary>Answers each row by a function, and writes down the calls. An exception is a row that failed.</summary>
    private sealed class Interpreter(Func<IReadOnlyList<object?>, object?> function) : ITaskCode
    {
        internal List<(CodeCall Call, string Rows)> Calls { get; } = [];

        public void Load(FunctionReference function)
        {
        }

        public IReadOnlyList<CallOutcome> Rows(
            CodeCall call, IReadOnlyList<IReadOnlyList<object?>> rows, CancellationToken cancellationToken)
        {
            Calls.Add((call, string.Join("; ", rows.Select(r => string.Join(", ", r.Select(Python.Repr))))));
            return [.. rows.Select(Call)];
        }

        private CallOutcome Call(IReadOnlyList<object?> row)
        {
            try
            {
                return new CallOutcome(function(row), Error: null);
            }
            catch (KeyNotFoundException e)
            {
                return new CallOutcome(Value: null, e.Message);
            }
        }

        public ICodeSplit OpenSplit(FunctionReference file, IReadOnlyList<string> columns, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public object? Once(FunctionReference called, IReadOnlyList<object?> arguments, CancellationToken cancellationToken) =>
            function(arguments);
    }

    private static readonly FunctionReference Function = new("utils.judge", "/tasks/x");

    private static OrderedDictionary<string, object?> Metrics(string name, object? value) => new() { [name] = value };

    private static Sample Generated(long id, object? target, FilteredAnswers filtered, bool multiple = false) =>
        GradingJobs.Answer(id, target, [.. filtered.Printed()]) with { Filtered = filtered, MultipleTargets = multiple };

    private static FilteredAnswers Text(string text) => new([text], IsSingle: true);

    private static FilteredAnswers List(params object?[] values) => new(values, IsSingle: false);

    private static async Task<IReadOnlyList<Grade>> ScoreAsync(Interpreter code, OutputType type, params Sample[] samples) =>
        await new ProcessResultsGrader().GradeAsync(
            new GradingJob
            {
                Task = GradingJobs.Task(GradingJobs.Generate) with
                {
                    OutputType = type,
                    ProcessResults = new BoxedScoring(code).Results(Function),
                    Metrics = [new MetricDefinition("acc", "mean", HigherIsBetter: true, new Dictionary<string, object?>())],
                },
                Filter = "none",
                Samples = samples,
            },
            CancellationToken.None);

    [Fact]
    public async Task Results_OfCompletions_AreTheTextOrTheListThatTheFiltersLeft()
    {
        var code = new Interpreter(_ => Metrics("acc", true));
        IReadOnlyList<Grade> grades =
            await ScoreAsync(code, OutputType.GenerateUntil, Generated(0, "a", Text("x")), Generated(1, "b", List("x", null)));
        (CodeCall call, string rows) = Assert.Single(code.Calls);
        Assert.Equal((CodeOperation.Results, Function), (call.Operation, Assert.Single(call.Functions)));
        Assert.Equal("{'question': '?', 'answer': 'a'}, ['x']; {'question': '?', 'answer': 'b'}, [['x', None]]", rows);
        Assert.All(grades, grade => Assert.Equal(1, grade.Scores["acc"]));
    }

    [Fact]
    public async Task Results_OfChoices_ArePairsWithIsGreedy_AndNumbersOfWholeTexts()
    {
        var code = new Interpreter(_ => Metrics("acc", 0.5));
        Sample choices = GradingJobs.Choice(0, 1L, ("a", -1, true), ("b", -2.5, false));
        await ScoreAsync(code, OutputType.MultipleChoice, choices);
        await ScoreAsync(code, OutputType.LogLikelihood, choices with { Responses = [choices.Responses[0]] });
        await ScoreAsync(code, OutputType.RollingLogLikelihood, choices with { Responses = [choices.Responses[0]] });
        Assert.Equal(
            ["{'question': '?'}, [(-1.0, True), (-2.5, False)]", "{'question': '?'}, [(-1.0, True)]", "{'question': '?'}, [-1.0]"],
            code.Calls.Select(c => c.Rows));
    }

    [Fact]
    public async Task Results_OfWrongShape_AreErroredSamplesWithOneLine()
    {
        object?[] values =
        [
            null, new List<object?> { 1L }, Metrics("acc", null), Metrics("acc", BigInteger.One), Metrics("acc", double.NaN),
        ];
        var code = new Interpreter(row => values[(int)(long)((IReadOnlyDictionary<string, object?>)row[0]!)["answer"]!]);
        IReadOnlyList<Grade> grades = await ScoreAsync(
            code, OutputType.GenerateUntil, [.. values.Select((_, i) => Generated(i, (long)i, Text("x")))]);
        Assert.Equal(
            [
                "utils.py: judge returned None; expected a dict of metrics",
                "utils.py: judge returned a list; expected a dict of metrics",
                "acc is None, which the aggregation mean does not take",
                null,
                null,
            ],
            grades.Select(g => g.Error));
        Assert.Equal((1, double.NaN), (grades[3].Scores["acc"], grades[4].Scores["acc"]));
        var failing = new Interpreter(_ => throw new KeyNotFoundException("utils.py:12: judge: KeyError: 'x'"));
        Assert.Equal(
            "utils.py:12: judge: KeyError: 'x'",
            (await ScoreAsync(failing, OutputType.GenerateUntil, Generated(0, "a", Text("x"))))[0].Error);
    }

    private static FilterPipeline Pipeline(Interpreter code, params FilterDefinition[] before) => new(
        GradingJobs.Task(GradingJobs.Generate),
        new FilterPipelineDefinition(
            "own",
            [
                .. before,
                new FilterDefinition("utils.judge", new Dictionary<string, object?> { ["limit"] = 3L })
                {
                    Equivalent = new BoxedScoring(code).Answers(Function),
                },
                new FilterDefinition("lowercase", new Dictionary<string, object?>()),
            ]));

    private static readonly FilterDefinition First = new("take_first", new Dictionary<string, object?>());

    private static Document[] Documents(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Document(new Dictionary<string, object?> { ["n"] = (long)i }))];

    [Fact]
    public void Filter_IsCalledOnceForABlock_WithListsOrTexts()
    {
        var code = new Interpreter(row => row[0] is IReadOnlyList<object?> list
            ? list.Count > 1 ? list : throw new KeyNotFoundException("utils.py:3: judge: one is too few")
            : "X");
        FunctionOutcome<FilteredAnswers>[] lists =
            Pipeline(code).ApplyAll([["A", "B"], ["C"]], Documents(2), CancellationToken.None);
        FunctionOutcome<FilteredAnswers>[] texts = Pipeline(code, First).ApplyAll([["A", "B"]], Documents(1), CancellationToken.None);
        Assert.Equal(["['A', 'B'], {'n': 0}; ['C'], {'n': 1}", "'A', {'n': 0}"], code.Calls.Select(c => c.Rows));
        Assert.Equal((CodeOperation.Filter, 3L), (code.Calls[0].Call.Operation, code.Calls[0].Call.Options["limit"]));
        Assert.Equal(["a", "b"], lists[0].Value!.Printed());
        Assert.Equal("utils.py:3: judge: one is too few", lists[1].Error);
        Assert.Equal(("x", true), (texts[0].Value!.Value, texts[0].Value!.IsSingle));
    }

    [Fact]
    public void Filter_ThatLeavesNoText_FailsWhereTextIsNeeded()
    {
        var code = new Interpreter(_ => new List<object?> { null });
        Assert.Equal(
            "an earlier filter left None; expected text",
            Pipeline(code).ApplyAll([["A"]], Documents(1), CancellationToken.None)[0].Error);
    }

    private static async Task<IReadOnlyList<Grade>> ComputeAsync(
        Interpreter code, string yaml, IReadOnlyList<MetricDefinition>? more, params Sample[] samples)
    {
        var metric = new MetricDefinition("judge", "mean", HigherIsBetter: true, new Dictionary<string, object?> { ["k"] = 2L })
        {
            Computed = new BoxedScoring(code).Metric(Function),
        };
        TaskDefinition task = GradingJobs.Task(yaml);
        return await new GenerationGrader().GradeAsync(
            new GradingJob { Task = task with { Metrics = [.. more ?? [], metric] }, Filter = "none", Samples = samples },
            CancellationToken.None);
    }

    [Fact]
    public async Task Metric_IsGivenReferencesAndPredictions()
    {
        var code = new Interpreter(row => ((IReadOnlyList<object?>)row[0]!)[0] is "3" ? 0.25 : Metrics("part", 1L));
        IReadOnlyList<Grade> grades = await ComputeAsync(
            code,
            GradingJobs.Generate,
            GradingJobs.Task(GradingJobs.Generate).Metrics,
            Generated(0, 3L, Text("3")),
            Generated(1, 3L, List("3")),
            Generated(2, 3L, List()));
        (CodeCall call, string rows) = Assert.Single(code.Calls);
        Assert.Equal((CodeOperation.Metric, 2L), (call.Operation, call.Options["k"]));
        Assert.Equal("['3'], ['3']; [3], [['3']]", rows);
        Assert.Equal([("exact_match", 1.0), ("judge", 0.25)], grades[0].Scores.Select(s => (s.Key, s.Value)));
        Assert.Equal([("exact_match", 1.0), ("part", 1.0)], grades[1].Scores.Select(s => (s.Key, s.Value)));
        Assert.Equal("the filters left no answer", grades[2].Error);
    }

    [Fact]
    public async Task Metric_OfSeveralTargets_IsOneIfAnyIsTrue()
    {
        var code = new Interpreter(row => ((IReadOnlyList<object?>)row[0]!)[0] switch
        {
            "bad" => throw new KeyNotFoundException("utils.py:9: judge: bad"),
            "dict" => Metrics("judge", 0.3),
            "other" => Metrics("other", 1.0),
            var target => target is "a" ? 0.3 : 0L,
        });
        Sample Of(int id, params object?[] targets) => Generated(id, targets.ToList(), Text("x"), multiple: true);
        IReadOnlyList<Grade> grades = await ComputeAsync(
            code, GradingJobs.Generate, null, Of(0, "b", "a"), Of(1, "b"), Of(2, "a", "bad"), Of(3, "dict"), Of(4, "other"), Of(5));
        Assert.Equal([1.0, 0.0, 1.0, 0.0], new[] { 0, 1, 3, 5 }.Select(i => grades[i].Scores["judge"]));
        Assert.Equal("utils.py:9: judge: bad", grades[2].Error);
        Assert.Contains("without the key judge", grades[4].Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metric_SecondFunctionWithMetricsOfItsOwn_SaysWhatToName()
    {
        var code = new Interpreter(_ => Metrics("part", 1.0));
        var first = new MetricDefinition("first", "median", HigherIsBetter: true, new Dictionary<string, object?>())
        {
            Computed = new BoxedScoring(new Interpreter(_ => 1.0)).Metric(Function),
        };
        IReadOnlyList<Grade> grades = await ComputeAsync(code, GradingJobs.Generate, [first], Generated(0, "a", Text("x")));
        Assert.StartsWith("judge returned part too; name that in metric_list", grades[0].Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Aggregation_IsGivenAllItems_AndReturnsANumber()
    {
        string seen = "";
        object? result = 2L;
        AggregationFunction function = new BoxedScoring(new Interpreter(arguments =>
        {
            seen = string.Join(", ", arguments.Select(Python.Repr));
            return result;
        })).Aggregation(Function);
        Assert.Equal(2, function.Aggregate([PythonSequence.Tuple([1L, 0.5]), double.NaN]));
        Assert.Equal("[(1, 0.5), nan]", seen);
        result = null;
        EvalException e = Assert.Throws<EvalException>(() => function.Aggregate([]));
        Assert.Equal((ExitCode.Task, "utils.py: judge returned None; expected a number"), (e.ExitCode, e.Message));
    }
}
