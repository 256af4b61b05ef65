using EvalHarness.Data;
using EvalHarness.Engines;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Scoring;

/// <summary>
/// Turns responses into scores. Implementations keep no state between calls and have a public constructor without parameters,
/// through which a plugin's grader is created. One contract test covers every implementation.
/// </summary>
public interface IGrader
{
    /// <summary>The name by which the key <c>grader</c> of a task selects this grader.</summary>
    string Name { get; }

    /// <summary>
    /// Whether grading starts programs or asks a model, and is therefore too costly to be done while a model is still answering.
    /// </summary>
    bool IsCostly => false;

    /// <summary>
    /// Grades the samples of a task under one filter. Before a run it is also called once without samples, so that it can refuse a
    /// task that it could not grade later.
    /// </summary>
    /// <returns>
    /// One grade per sample, in the order of the samples. A wrong or empty answer scores 0; an answer that cannot be judged is an
    /// error.
    /// </returns>
    Task<IReadOnlyList<Grade>> GradeAsync(GradingJob job, CancellationToken cancellationToken);
}

/// <summary>The samples of one task under one filter. None of the samples has a failed response.</summary>
public sealed record GradingJob
{
    public required TaskDefinition Task { get; init; }

    /// <summary>The name of the filter pipeline.</summary>
    public required string Filter { get; init; }

    public required IReadOnlyList<Sample> Samples { get; init; }

    /// <summary>The seed of what the grader draws at random.</summary>
    public long SamplingSeed { get; init; }

    /// <summary>The documents that a judge grades again in other forms.</summary>
    internal IReadOnlySet<long> Audited { get; init; } = new HashSet<long>();
}

/// <summary>One document with its responses, as a grader sees it.</summary>
public sealed record Sample
{
    public required long DocumentId { get; init; }

    public required Document Document { get; init; }

    public required string Context { get; init; }

    public required IReadOnlyList<string> Choices { get; init; }

    /// <summary>The target: an index into the choices (long), text, or a list of either.</summary>
    public required object? Target { get; init; }

    /// <summary>Whether the target is a list of which any item is right.</summary>
    public bool MultipleTargets { get; init; }

    /// <summary>The responses by request index, one per choice or one per repeat.</summary>
    public required IReadOnlyList<Response> Responses { get; init; }

    /// <summary>The completions after the filter pipeline. The list is empty for log-likelihood tasks.</summary>
    public required IReadOnlyList<string> Answers { get; init; }

    /// <summary>The answers with what a Python function can tell of them; null for log-likelihood tasks.</summary>
    internal FilteredAnswers? Filtered { get; init; }
}

/// <summary>The scores of one sample by metric, or the reason why there are none.</summary>
public sealed record Grade
{
    public IReadOnlyDictionary<string, double> Scores { get; init; } = new Dictionary<string, double>();

    /// <summary>
    /// The values by metric that the metric's aggregation takes instead of numbers, such as pairs of labels, of texts or of counts.
    /// They consist of plain values that can be written as JSON.
    /// </summary>
    public IReadOnlyDictionary<string, object?> Items { get; init; } = new Dictionary<string, object?>();

    /// <summary>
    /// For each answer why its program ended: "passed" or another reason in snake case, which may be followed by ": " and one line of
    /// detail. The detail is untrusted text.
    /// </summary>
    public IReadOnlyList<string> Verdicts { get; init; } = [];

    /// <summary>A remark of the grader for readers of the sample, or null.</summary>
    public string? Detail { get; init; }

    /// <summary>The reason why the sample could not be graded. An errored sample is counted as such and enters no mean.</summary>
    public string? Error { get; init; }

    public static Grade Failed(string error) => new() { Error = error };
}
