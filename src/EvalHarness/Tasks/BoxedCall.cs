using EvalHarness.Files;

namespace EvalHarness.Tasks;

/// <summary>A Python function that runs in the sandbox, and how it is called.</summary>
/// <param name="Function">The function, where it stands.</param>
/// <param name="Call">"process", "fields", "results", "filter", "metric", "aggregation" or "samples".</param>
internal sealed record BoxedCall(FunctionReference Function, string Call)
{
    /// <summary>The metric that is aggregated; null for other functions.</summary>
    public string? Metric { get; init; }

    /// <summary>The options of a filter or metric, as the task file has them.</summary>
    public IReadOnlyDictionary<string, object?> Options { get; init; } = new Dictionary<string, object?>();
}
