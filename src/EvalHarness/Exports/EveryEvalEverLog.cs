using EvalHarness.Results;

namespace EvalHarness.Exports;

/// <summary>One score as Every Eval Ever has it: the JSON file beside the samples. Keys that are null are left out.</summary>
/// <remarks>Source: eval.schema.json 0.3.0 of evaleval/every_eval_ever. All values of additional_details are texts.</remarks>
internal sealed record EveryEvalEverLog
{
    public const string Version = "0.3.0";

    public string SchemaVersion { get; init; } = Version;

    public required string EvaluationId { get; init; }

    /// <summary>Seconds since 1970-01-01 UTC, as text: when the run was first started.</summary>
    public required string EvaluationTimestamp { get; init; }

    /// <summary>The same: when this record was made.</summary>
    public required string RetrievedTimestamp { get; init; }

    public required RecordSource SourceMetadata { get; init; }

    public required RecordLibrary EvalLibrary { get; init; }

    public required RecordModel ModelInfo { get; init; }

    public required IReadOnlyList<RecordResult> EvaluationResults { get; init; }

    /// <summary>Null where no document has a score that is a number, as for groups.</summary>
    public RecordSamples? DetailedEvaluationResults { get; init; }
}

/// <summary>Who gives the record.</summary>
internal sealed record RecordSource
{
    public string SourceName { get; init; } = "EvalHarness";

    public string SourceType { get; init; } = "evaluation_run";

    public required string SourceOrganizationName { get; init; }

    public string? SourceOrganizationUrl { get; init; }

    public required EvaluatorRelationship EvaluatorRelationship { get; init; }
}

internal sealed record RecordLibrary
{
    public string Name { get; init; } = "EvalHarness";

    public required string Version { get; init; }

    public IReadOnlyDictionary<string, string>? AdditionalDetails { get; init; }
}

internal sealed record RecordModel
{
    public required string Name { get; init; }

    public required string Id { get; init; }

    public required string Developer { get; init; }

    public RecordEngine? InferenceEngine { get; init; }

    public required IReadOnlyDictionary<string, string> AdditionalDetails { get; init; }
}

internal sealed record RecordEngine(string Name, string? Version);

internal sealed record RecordResult
{
    /// <summary>What rows of samples refer to.</summary>
    public required string EvaluationResultId { get; init; }

    public required string EvaluationName { get; init; }

    public required RecordData SourceData { get; init; }

    public required string EvaluationTimestamp { get; init; }

    public required RecordMetric MetricConfig { get; init; }

    public required RecordScore ScoreDetails { get; init; }

    public required RecordGeneration GenerationConfig { get; init; }
}

/// <summary>The dataset.</summary>
internal sealed record RecordData
{
    public required string DatasetName { get; init; }

    /// <summary>"hf_dataset" or "other".</summary>
    public required string SourceType { get; init; }

    public string? HfRepo { get; init; }

    public string? HfSplit { get; init; }

    /// <summary>Documents that there are, without a limit; only of a dataset of the hub.</summary>
    public int? SamplesNumber { get; init; }

    public IReadOnlyDictionary<string, string>? AdditionalDetails { get; init; }
}

internal sealed record RecordMetric
{
    public required string EvaluationDescription { get; init; }

    public required string MetricId { get; init; }

    public required string MetricName { get; init; }

    public string? MetricKind { get; init; }

    public string? MetricUnit { get; init; }

    public IReadOnlyDictionary<string, int>? MetricParameters { get; init; }

    public required bool LowerIsBetter { get; init; }

    /// <summary>"continuous"; null where the range is not known, which that type must say.</summary>
    public string? ScoreType { get; init; }

    /// <summary>A number, or "Infinity".</summary>
    public FreeValue? MinScore { get; init; }

    /// <inheritdoc cref="MinScore"/>
    public FreeValue? MaxScore { get; init; }

    public IReadOnlyDictionary<string, string>? AdditionalDetails { get; init; }
}

internal sealed record RecordScore
{
    public required double Score { get; init; }

    public IReadOnlyDictionary<string, string>? Details { get; init; }

    public required RecordUncertainty Uncertainty { get; init; }
}

internal sealed record RecordUncertainty
{
    public RecordError? StandardError { get; init; }

    public RecordInterval? ConfidenceInterval { get; init; }

    public required int NumSamples { get; init; }

    public int? NumBootstrapSamples { get; init; }
}

internal sealed record RecordError(double Value, string Method);

internal sealed record RecordInterval(double Lower, double Upper, double ConfidenceLevel, string Method);

internal sealed record RecordGeneration
{
    /// <summary>Empty for a task that generates nothing.</summary>
    public required RecordArguments GenerationArgs { get; init; }

    public required IReadOnlyDictionary<string, string> AdditionalDetails { get; init; }
}

internal sealed record RecordArguments
{
    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public double? TopK { get; init; }

    public int? MaxTokens { get; init; }

    public string? PromptTemplate { get; init; }
}

/// <summary>Where the samples of the score are.</summary>
internal sealed record RecordSamples
{
    public string Format { get; init; } = "jsonl";

    /// <summary>From the folder data, with forward slashes.</summary>
    public required string FilePath { get; init; }

    public string HashAlgorithm { get; init; } = "sha256";

    public required string Checksum { get; init; }

    public required int TotalRows { get; init; }
}
