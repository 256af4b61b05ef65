using EvalHarness.Results;

namespace EvalHarness.Exports;

/// <summary>What others call a metric, and where its values lie.</summary>
/// <param name="Id">The name that records of other programs have for it.</param>
/// <param name="Kind">The family, within which numbers may be averaged.</param>
/// <param name="Low">The smallest value.</param>
/// <param name="High">The largest value, which can be infinite.</param>
internal sealed record MetricKind(string Id, string Kind, double Low, double High)
{
    /// <summary>
    /// Metrics whose range follows from their definition. The Brier score is the sum over all choices, so that it goes to 2; the
    /// perplexities are of texts whose log-likelihoods are 0 or less.
    /// </summary>
    private static readonly Dictionary<string, MetricKind> Known = new()
    {
        ["acc"] = new("accuracy", "accuracy", 0, 1),
        ["acc_norm"] = new("accuracy_normalized", "accuracy", 0, 1),
        ["acc_bytes"] = new("accuracy_by_bytes", "accuracy", 0, 1),
        ["acc_mutual_info"] = new("accuracy_mutual_information", "accuracy", 0, 1),
        ["exact_match"] = new("exact_match", "exact_match", 0, 1),
        ["f1"] = new("f1", "f1", 0, 1),
        ["mcc"] = new("matthews_correlation", "correlation", -1, 1),
        ["brier_score"] = new("brier_score", "brier_score", 0, 2),
        ["bleu"] = new("bleu", "bleu", 0, 100),
        ["chrf"] = new("chrf", "chrf", 0, 100),
        ["ter"] = new("ter", "ter", 0, double.PositiveInfinity),
        ["perplexity"] = new("perplexity", "perplexity", 1, double.PositiveInfinity),
        ["word_perplexity"] = new("word_perplexity", "perplexity", 1, double.PositiveInfinity),
        ["byte_perplexity"] = new("byte_perplexity", "perplexity", 1, double.PositiveInfinity),
        ["bits_per_byte"] = new("bits_per_byte", "bits_per_byte", 0, double.PositiveInfinity),
    };

    /// <summary>Whether a score of 1 means that the answer is right.</summary>
    public bool IsShare => (Low, High) == (0, 1);

    /// <summary>The unit of values that have one: "proportion" from 0 to 1, "percent" from 0 to 100; null for others.</summary>
    public string? Unit => (Low, High) switch
    {
        (0, 1) => "proportion",
        (0, 100) => "percent",
        _ => null,
    };

    /// <param name="score">A score that has a value.</param>
    /// <returns>
    /// Null for a metric whose range is not known: one of a task's own, which may have the name of another and lie beyond its range.
    /// </returns>
    public static MetricKind? Of(ScoreRow score) =>
        (Known.GetValueOrDefault(score.Metric) ?? (PassAt(score.Metric) is null ? null : new MetricKind("pass_at_k", "pass_rate", 0, 1)))
            is { } kind && score.Value >= kind.Low && score.Value <= kind.High
            ? kind
            : null;

    /// <returns>The number of tries in pass@K; null for another metric.</returns>
    public static int? PassAt(string metric) =>
        metric.StartsWith("pass@", StringComparison.Ordinal) && int.TryParse(metric.AsSpan("pass@".Length), out int tries) ? tries : null;
}
