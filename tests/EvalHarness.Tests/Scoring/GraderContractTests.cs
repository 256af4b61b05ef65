using EvalHarness.Scoring;
using EvalHarness.Tests.Sandbox;

namespace EvalHarness.Tests.Scoring;

/// <summary>
/// What every grader promises: one grade per sample in order, the same twice, wrong and empty answers are 0, nothing else is.
/// </summary>
public abstract class GraderContractTests
{
    private protected abstract IGrader Grader { get; }

    /// <summary>A right answer, a wrong one, an empty one.</summary>
    private protected abstract GradingJob Job { get; }

    [SkippableFact]
    public async Task Grade_RightWrongEmpty_OneZeroZero()
    {
        IReadOnlyList<Grade> grades = await Grader.GradeAsync(Job, CancellationToken.None);
        Assert.All(grades, g => Assert.Null(g.Error));
        Assert.Equal([1.0, 0.0, 0.0], grades.Select(g => g.Scores.Values.First()));
    }

    [SkippableFact]
    public async Task Grade_Twice_GivesTheSame()
    {
        IReadOnlyList<Grade> first = await Grader.GradeAsync(Job, CancellationToken.None),
            second = await Grader.GradeAsync(Job, CancellationToken.None);
        Assert.Equal(first.Select(g => g.Scores.Values.First()), second.Select(g => g.Scores.Values.First()));
    }

    [SkippableFact]
    public async Task Grade_OtherOrder_FollowsTheSamples()
    {
        IReadOnlyList<Grade> grades = await Grader.GradeAsync(Job with { Samples = [.. Job.Samples.Reverse()] }, CancellationToken.None);
        Assert.Equal([0.0, 0.0, 1.0], grades.Select(g => g.Scores.Values.First()));
    }

    [SkippableFact]
    public async Task Grade_NoSamples_GivesNone() =>
        Assert.Empty(await Grader.GradeAsync(Job with { Samples = [] }, CancellationToken.None));

    [SkippableFact]
    public void Name_IsKnownToTheRegistry()
    {
        var registry = new GraderRegistry();
        if (Grader.GetType().Assembly == typeof(IGrader).Assembly)
            Assert.Equal(Grader.GetType(), registry.Get(Grader.Name, "test").GetType());
        else
            Assert.Throws<EvalException>(() => registry.Get(Grader.Name, "test"));
    }
}

public sealed class MultipleChoiceGraderContractTests : GraderContractTests
{
    private protected override IGrader Grader { get; } = new MultipleChoiceGrader();

    private protected override GradingJob Job { get; } = GradingJobs.Job(
        GradingJobs.Choose,
        GradingJobs.Choice(0, 1L, ("a", -2, false), ("b", -1, true)),
        GradingJobs.Choice(1, 0L, ("a", -2, false), ("b", -1, true)),
        GradingJobs.Choice(2, 7L, ("a", -2, false), ("b", -1, true)));
}

public sealed class LogLikelihoodGraderContractTests : GraderContractTests
{
    private protected override IGrader Grader { get; } = new LogLikelihoodGrader();

    private protected override GradingJob Job { get; } = GradingJobs.Job(
        GradingJobs.Generate + "\noutput_type: loglikelihood",
        GradingJobs.Choice(0, "b", ("b", -1, true)),
        GradingJobs.Choice(1, "b", ("b", -1, false)),
        GradingJobs.Choice(2, "b", ("b", -100, false)));
}

public sealed class GenerationGraderContractTests : GraderContractTests
{
    private protected override IGrader Grader { get; } = new GenerationGrader();

    private protected override GradingJob Job { get; } = GradingJobs.Job(
        GradingJobs.Generate,
        GradingJobs.Answer(0, "Paris", "Paris"),
        GradingJobs.Answer(1, "Paris", "Rome"),
        GradingJobs.Answer(2, "Paris", ""));
}

public sealed class CodeExecutionGraderContractTests : GraderContractTests
{
    public CodeExecutionGraderContractTests() =>
        Skip.If(ToolFactAttribute.Missing("python3") is not null, ToolFactAttribute.Missing("python3"));

    private protected override IGrader Grader { get; } = new CodeExecutionGrader();

    private protected override GradingJob Job { get; } = GradingJobs.Job(
        GradingJobs.Generate + "\ngrader: code_execution\nmetric_list: [{metric: pass_at_k, k: 1}]",
        GradingJobs.Answer(0, "assert f(2) == 4", "def f(x):\n    return x * x"),
        GradingJobs.Answer(1, "assert f(2) == 4", "def f(x):\n    return x"),
        GradingJobs.Answer(2, "assert f(2) == 4", ""));
}

/// <summary>The grader is a Python program that answers in another order.</summary>
public sealed class CommandGraderContractTests : GraderContractTests, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public CommandGraderContractTests() => Skip.If(PythonFactAttribute.Missing is not null, PythonFactAttribute.Missing);

    private protected override IGrader Grader { get; } = new CommandGrader();

    private protected override GradingJob Job
    {
        get
        {
            string script = _folder.Write("grade.py", """
                import json, sys
                samples = [json.loads(line) for line in sys.stdin]
                for s in reversed(samples):
                    print(json.dumps({"id": s["id"], "scores": {"exact_match": float(s["answers"][0] == s["target"])}}))
                """);
            return GradingJobs.Job(
                GradingJobs.Generate + $"\ngrader_command: [/usr/bin/python3, '{script}']",
                GradingJobs.Answer(0, "Paris", "Paris"),
                GradingJobs.Answer(1, "Paris", "Rome"),
                GradingJobs.Answer(2, "Paris", ""));
        }
    }

    public void Dispose() => _folder.Dispose();
}
