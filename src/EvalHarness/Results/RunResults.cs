using System.Text.Json.Serialization;
using EvalHarness.Engines;
using EvalHarness.Scoring.Judging;
using EvalHarness.Scoring.Metrics;
using EvalHarness.Tasks;

namespace EvalHarness.Results;

/// <summary>A finished run's numbers.</summary>
public sealed record RunResults
{
    public required Manifest Manifest { get; init; }

    public required IReadOnlyList<TaskResult> Tasks { get; init; }

    public required IReadOnlyList<GroupResult> Groups { get; init; }

    /// <summary>Of all starts together, as are the times. A start that its manifest knows no work of is not in them.</summary>
    public required EngineUsage Usage { get; init; }

    public required RunTimes Times { get; init; }

    /// <summary>Null without <c>--prices</c>.</summary>
    public Spending? Spending { get; init; }

    /// <summary>One for each task that stands alone and each outermost group; none without <c>--decide</c>.</summary>
    public IReadOnlyList<RunDecision> Decisions { get; init; } = [];

    /// <summary>The tokens of the judge's answers, of all starts; null where no model grades a task.</summary>
    public TokenCount? JudgeTokens { get; init; }

    public int Errored => Tasks.Sum(t => t.Errored);

    /// <param name="manifest">Of the run.</param>
    /// <param name="tasks">The results of each task, without what it cost.</param>
    /// <param name="groups">Those that report the tasks.</param>
    /// <param name="decisions">See <see cref="Decisions"/>.</param>
    /// <param name="work">Of all starts together.</param>
    /// <param name="spending">What they cost; null without prices.</param>
    internal static RunResults Of(
        Manifest manifest,
        IReadOnlyList<TaskResult> tasks,
        IReadOnlyList<SelectedGroup> groups,
        IReadOnlyList<RunDecision> decisions,
        RunWork work,
        Spending? spending)
    {
        var byName = tasks.ToDictionary(t => t.Task.Name);
        return new RunResults
        {
            Manifest = manifest,
            Tasks = [.. tasks.Select(t => t.WithCost(work.Of(t.Task.Name)))],
            Groups =
            [
                .. groups.Select(g => new GroupResult
                {
                    Group = g,
                    // Tasks weigh by their documents, those that --decide did not ask included.
                    Metrics = GroupAggregation.Aggregate(g, name => byName[name].Metrics, name => byName[name].Run.Documents.Count),
                    Count = g.Leaves.Sum(l => byName[l].Count),
                }),
            ],
            Decisions = decisions,
            Usage = work.Usage,
            Times = work.Seconds,
            Spending = spending,
        };
    }
}

public sealed record TaskResult
{
    /// <summary>The task as the run evaluated it.</summary>
    public required TaskRun Run { get; init; }

    public TaskDefinition Task => Run.Definition;

    public required IReadOnlyList<MetricValue> Metrics { get; init; }

    /// <summary>Documents evaluated.</summary>
    public required int Count { get; init; }

    /// <summary>Documents that have no score under at least one filter.</summary>
    public required int Errored { get; init; }

    /// <summary>The first of these, for a reader of the last line.</summary>
    public string? FirstError { get; init; }

    /// <summary>How far the judge's grades can be trusted, by filter; none where no model grades the task.</summary>
    public IReadOnlyList<JudgeCard> Judges { get; init; } = [];

    /// <summary>Documents that score 0 whatever the model says, because their target is none of their choices.</summary>
    public int OutsideChoices { get; init; }

    /// <summary>Of all starts.</summary>
    public TokenCount Tokens { get; init; } = TokenCount.None;

    /// <summary>Null for a task that generates nothing.</summary>
    public GenerationFigures? Generation { get; init; }

    /// <summary>Of all starts together, as are the times.</summary>
    public EngineUsage Usage { get; init; } = new();

    public RunTimes Times { get; init; } = new();

    internal TaskResult WithCost(RunCost cost) => this with
    {
        Usage = cost.Usage,
        Times = cost.Seconds,
    };
}

public sealed record GroupResult
{
    public required SelectedGroup Group { get; init; }

    public required IReadOnlyList<MetricValue> Metrics { get; init; }

    public required int Count { get; init; }
}

/// <summary>Seconds that a run or a task took: those of one start, or of several together.</summary>
public sealed record RunTimes
{
    public double Total { get; init; }

    /// <summary>Making prompts.</summary>
    public double Preparing { get; init; }

    /// <summary>Waiting for responses, and writing the journal meanwhile.</summary>
    public double Answering { get; init; }

    public double Grading { get; init; }

    /// <summary>Journal, samples and results. The journal is written while the model computes.</summary>
    public double Writing { get; init; }

    /// <summary>The number of parts of a run whose times these are together, side by side or not; null for a run in one piece.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Parts { get; init; }

    /// <summary>Largest working set of the process so far, bytes; of several starts, the largest.</summary>
    public long PeakMemory { get; init; }

    /// <summary>This time and another together; the memory is the larger of both.</summary>
    public RunTimes Plus(RunTimes other) => new()
    {
        Total = Total + other.Total,
        Preparing = Preparing + other.Preparing,
        Answering = Answering + other.Answering,
        Grading = Grading + other.Grading,
        Writing = Writing + other.Writing,
        PeakMemory = Math.Max(PeakMemory, other.PeakMemory),
    };

    /// <summary>What passed after <paramref name="earlier"/>.</summary>
    public RunTimes Since(RunTimes earlier) => this with
    {
        Total = Total - earlier.Total,
        Preparing = Preparing - earlier.Preparing,
        Answering = Answering - earlier.Answering,
        Grading = Grading - earlier.Grading,
        Writing = Writing - earlier.Writing,
    };
}
