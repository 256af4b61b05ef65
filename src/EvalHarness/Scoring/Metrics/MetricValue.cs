namespace EvalHarness.Scoring.Metrics;

/// <summary>One number of the results: the value of a metric of a task or group under one filter.</summary>
public sealed record MetricValue
{
    public required string Metric { get; init; }

    public required string Filter { get; init; }

    /// <summary>The value, or null if every sample errored or the metric is not defined for the samples.</summary>
    public required double? Value { get; init; }

    /// <summary>The standard error, or null if it cannot be estimated, for example from fewer than two samples.</summary>
    public required double? StandardError { get; init; }

    /// <summary>
    /// The standard error that lm-evaluation-harness prints if it differs from <see cref="StandardError"/>, otherwise null. For a group
    /// whose tasks have equal weights, lm-evaluation-harness prints the error of the pooled samples, which is not the error of the
    /// group's mean.
    /// </summary>
    public double? ReferenceStandardError { get; init; }

    /// <summary>How <see cref="StandardError"/> was drawn; null where it comes from a formula, or there is none.</summary>
    public BootstrapMethod? StandardErrorMethod { get; init; }

    /// <summary>How many resampled corpora <see cref="StandardError"/> was drawn from; null as <see cref="StandardErrorMethod"/>.</summary>
    public int? StandardErrorDraws { get; init; }

    /// <summary>The number of samples that entered the value.</summary>
    public required int Count { get; init; }

    /// <summary>The number of samples that could not be answered or graded, and did not enter the value.</summary>
    public required int Errored { get; init; }

    public required bool HigherIsBetter { get; init; }
}
