using EvalHarness.Results;

namespace EvalHarness.Analysis.Published.Ladder;

/// <summary>How a score is measured: what the run is asked to do, and which of its numbers is the score.</summary>
internal sealed record LadderSetting
{
    /// <summary>The options of a run over all documents.</summary>
    public required RunOptions Options { get; init; }

    /// <summary>"METRIC,FILTER".</summary>
    public required string Key { get; init; }

    /// <summary>Whether each task of a group has the same weight; otherwise each document has.</summary>
    public bool TasksCountTheSame { get; init; }

    /// <summary>
    /// The task that asks the documents of each of the measured run's tasks, by the latter's name; empty where that task itself does.
    /// </summary>
    public IReadOnlyDictionary<string, string> Forms { get; init; } = new Dictionary<string, string>();

    /// <summary>The task that asks the documents of a task of the measured run.</summary>
    internal string TaskFor(string task) => Forms.GetValueOrDefault(task) ?? task;
}
