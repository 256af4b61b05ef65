using EvalHarness.Results;

namespace EvalHarness.Analysis.Comparing;

/// <summary>How long the completions of a task are in two runs.</summary>
internal sealed record ComparedGeneration(string Task, GenerationFigures Base, GenerationFigures Candidate)
{
    /// <summary>The candidate's tokens over the base's; null where the base has none.</summary>
    public double? Growth => Base.Tokens > 0 ? Candidate.Tokens / Base.Tokens : null;

    /// <summary>Null where one of the runs has no completions of the task.</summary>
    internal static ComparedGeneration? Of(string task, RunReport left, RunReport right) =>
        left.Harness.Generation.TryGetValue(task, out GenerationFigures? one)
        && right.Harness.Generation.TryGetValue(task, out GenerationFigures? other)
            ? new ComparedGeneration(task, one, other)
            : null;
}
