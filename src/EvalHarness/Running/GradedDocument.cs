namespace EvalHarness.Running;

/// <summary>What filters and grader made of one document.</summary>
internal sealed class GradedDocument
{
    /// <summary>The first reason why the document has no score under a filter; null if it has all.</summary>
    internal string? Error { get; set; }

    /// <summary>The filtered completions by filter.</summary>
    internal SortedDictionary<string, IReadOnlyList<string>> Answers { get; } = new(StringComparer.Ordinal);

    /// <summary>In the order in which they came.</summary>
    internal OrderedDictionary<(string Metric, string Filter), object?> Scores { get; } = [];

    internal List<string> Details { get; } = [];

    internal List<string> Verdicts { get; } = [];
}
