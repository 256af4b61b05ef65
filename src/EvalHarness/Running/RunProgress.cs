using EvalHarness.Engines;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Running;

/// <summary>How far a run is.</summary>
/// <param name="Task">Being answered.</param>
/// <param name="Done">Documents answered in the whole run, or completions where there are several per document.</param>
/// <param name="Total">Of the whole run.</param>
/// <param name="Errored">Requests without an answer, and documents of which no prompt can be made.</param>
/// <param name="Usage">Work of this start so far.</param>
public sealed record RunProgress(string Task, int Done, int Total, int Errored, EngineUsage Usage)
{
    /// <summary>Time that the tokens left will take at the rates so far; null before there are any, or where no model runs.</summary>
    public TimeSpan? Left { get; init; }

    /// <summary>Computed when it is asked for: the task's first metric over what is answered; null where it is not known at once.</summary>
    public required Func<RunningScore?> Score { get; init; }
}

/// <param name="Metric">Name of the metric.</param>
/// <param name="Value">Mean over <paramref name="Count"/> samples.</param>
/// <param name="Interval">95% interval for scores between 0 and 1.</param>
/// <param name="Count">Samples scored so far.</param>
public sealed record RunningScore(string Metric, double Value, Interval Interval, int Count);
