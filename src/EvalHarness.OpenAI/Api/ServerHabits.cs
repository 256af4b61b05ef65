namespace EvalHarness.OpenAI.Api;

/// <summary>What a server is known, or was found, to take.</summary>
internal sealed record ServerHabits
{
    /// <summary>As <see cref="ServerModels.Program"/>.</summary>
    public string? Program { get; init; }

    /// <summary>Whether the limit is named <c>max_completion_tokens</c>, as OpenAI's reasoning models want it.</summary>
    public bool IsLimitOfCompletion { get; init; }

    /// <summary>
    /// Whether stop strings are kept here and looked for in the answer alone: the server does not take them, or would find them in the
    /// reasoning and stop there.
    /// </summary>
    public bool KeepsStops { get; init; }

    /// <summary>Whether the server can continue the beginning of an answer, and how it is told to.</summary>
    public bool ContinuesAnswers => Program is not null;

    /// <summary>Whether a field tells it to. The others continue without being told.</summary>
    public bool IsToldToContinue => Program is "vllm" or "sglang";

    /// <summary>Whether defaults of sampling come from the model's generation_config.json, so that neutral values must be said.</summary>
    public bool HasDefaultsOfModel => Program is "vllm" or "sglang";
}
