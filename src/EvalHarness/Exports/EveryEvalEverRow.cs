namespace EvalHarness.Exports;

/// <summary>One document under one score as Every Eval Ever has it: a line of the samples file. Keys that are null are left out.</summary>
/// <remarks>Source: instance_level_eval.schema.json 0.3.0 of evaleval/every_eval_ever.</remarks>
internal sealed record EveryEvalEverRow
{
    public string SchemaVersion { get; init; } = EveryEvalEverLog.Version;

    public required string EvaluationId { get; init; }

    public required string ModelId { get; init; }

    public required string EvaluationName { get; init; }

    public required string EvaluationResultId { get; init; }

    /// <summary>The document's number in its task, from 0, as text.</summary>
    public required string SampleId { get; init; }

    /// <summary>The same for the same prompt and references, whatever the model.</summary>
    public required string SampleHash { get; init; }

    /// <summary>Shots may be turns; the question that is graded is one.</summary>
    public string InteractionType { get; init; } = "single_turn";

    public required RowInput Input { get; init; }

    public required RowOutput Output { get; init; }

    public required IReadOnlyList<RowAnswer> AnswerAttribution { get; init; }

    public required RowGrade Evaluation { get; init; }

    public RowTokens? TokenUsage { get; init; }

    public RowPerformance? Performance { get; init; }

    public string? Error { get; init; }

    public required IReadOnlyDictionary<string, string> Metadata { get; init; }
}

internal sealed record RowInput
{
    /// <summary>The prompt.</summary>
    public required string Raw { get; init; }

    /// <summary>The prompt as the model read it, where a chat template wrote it.</summary>
    public string? Formatted { get; init; }

    public required IReadOnlyList<string> Reference { get; init; }

    public IReadOnlyList<string>? Choices { get; init; }
}

internal sealed record RowOutput(IReadOnlyList<string> Raw, IReadOnlyList<string>? ReasoningTrace);

internal sealed record RowAnswer
{
    public int TurnIdx { get; init; }

    public string Source { get; init; } = "output.raw";

    public required string ExtractedValue { get; init; }

    public required string ExtractionMethod { get; init; }

    public bool IsTerminal { get; init; } = true;
}

/// <param name="Score">The document's score; 0 where the row has an error, as the format demands a number.</param>
/// <param name="IsCorrect">Whether the score is that of a right answer.</param>
internal sealed record RowGrade(double Score, bool IsCorrect);

internal sealed record RowTokens
{
    /// <summary>Those of the prompts; where texts are scored and not generated, those of the texts too.</summary>
    public required long InputTokens { get; init; }

    /// <summary>Those that were generated.</summary>
    public required long OutputTokens { get; init; }

    public required long TotalTokens { get; init; }

    /// <summary>Prompt tokens that a server had from earlier requests.</summary>
    public long? InputTokensCacheRead { get; init; }

    public long? ReasoningTokens { get; init; }
}

/// <param name="LatencyMs">The model's time for this document, in milliseconds.</param>
internal sealed record RowPerformance(double LatencyMs);
