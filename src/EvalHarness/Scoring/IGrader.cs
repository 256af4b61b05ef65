using EvalHarness.Data;
using EvalHarness.Engines;
using EvalHarness.Tasks;

namespace EvalHarness.Scoring;

/// <summary>
/// Turns responses into scores. Implementations have no state between calls and a public constructor without parameters, so
/// that a plugin assembly needs nothing but the class. One contract test runs over every implementation.
/// </summary>
public interface IGrader
{
    /// <summary>What a task's key <c>grader</c> says.</summary>
    string Name { get; }

    /// <summary>Whether grading starts programs, and so is nothing to be done on the side.</summary>
    bool StartsPrograms => false;

    /// <summary>Called once without samples before a run, to refuse what could not be graded later; then once per filter.</summary>
    /// <returns>One grade per sample, in the samples' order. A wrong or empty answer scores 0; what cannot be judged is an error.</returns>
    Task<IReadOnlyList<Grade>> GradeAsync(GradingJob job, CancellationToken cancellationToken);
}

/// <summary>The samples of one task under one filter. None of them has a failed response.</summary>
public sealed record GradingJob
{
    public required TaskDefinition Task { get; init; }

    /// <summary>Name of the filter pipeline.</summary>
    public required string Filter { get; init; }

    public required IReadOnlyList<Sample> Samples { get; init; }
}

/// <summary>What a grader sees of one document.</summary>
public sealed record Sample
{
    public required long DocumentId { get; init; }

    public required Document Document { get; init; }

    public required string Context { get; init; }

    public required IReadOnlyList<string> Choices { get; init; }

    /// <summary>An index into the choices (long), text, or a list of either.</summary>
    public required object? Target { get; init; }

    /// <summary>The target is a list, any of which is right.</summary>
    public bool MultipleTargets { get; init; }

    /// <summary>By request index: one per choice, or one per repeat.</summary>
    public required IReadOnlyList<Response> Responses { get; init; }

    /// <summary>The completions after the filter pipeline; empty for log-likelihood tasks.</summary>
    public required IReadOnlyList<string> Answers { get; init; }
}

/// <summary>The scores of one sample by metric, or why there are none.</summary>
public sealed record Grade
{
    public IReadOnlyDictionary<string, double> Scores { get; init; } = new Dictionary<string, double>();

    /// <summary>
    /// By metric, what the metric's aggregation takes instead of a number, as plain values: pairs of labels, texts, or counts.
    /// </summary>
    public IReadOnlyDictionary<string, object?> Items { get; init; } = new Dictionary<string, object?>();

    /// <summary>By answer, why the program ended: "passed", or another end in snake case, then maybe ": " and one line. Untrusted text.</summary>
    public IReadOnlyList<string> Verdicts { get; init; } = [];

    /// <summary>What a reader of the sample may want to know: a remark of the grader.</summary>
    public string? Detail { get; init; }

    /// <summary>The sample is counted as errored and enters no mean.</summary>
    public string? Error { get; init; }

    public static Grade Failed(string error) => new() { Error = error };
}
