namespace EvalHarness.Scoring.Metrics;

/// <summary>One number of the results: a metric of a task or group under a filter.</summary>
public sealed record MetricValue
{
    public required string Metric { get; init; }

    public required string Filter { get; init; }

    /// <summary>Null when every sample errored.</summary>
    public required double? Value { get; init; }

    /// <summary>Null when it cannot be estimated (fewer than two samples).</summary>
    public required double? StandardError { get; init; }

    /// <summary>
    /// Where the reference prints another error than <see cref="StandardError"/>: of a group whose tasks weigh the same it gives the
    /// error of their pooled samples, which is not that of this value.
    /// </summary>
    public double? ReferenceStandardError { get; init; }

    /// <summary>Samples that entered the value.</summary>
    public required int Count { get; init; }

    /// <summary>Samples that could not be answered or graded, and entered nothing.</summary>
    public required int Errored { get; init; }

    public required bool HigherIsBetter { get; init; }
}
