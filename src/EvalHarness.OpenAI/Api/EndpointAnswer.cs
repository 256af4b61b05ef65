using EvalHarness.Engines;

namespace EvalHarness.OpenAI.Api;

/// <summary>A text that a server generated.</summary>
internal sealed record EndpointAnswer
{
    /// <summary>The model that the server says it is from; null if it does not say.</summary>
    public string? Model { get; init; }

    /// <summary>What the server calls its own state (<c>system_fingerprint</c>); null if it does not say.</summary>
    public string? Fingerprint { get; init; }

    public required string Text { get; init; }

    /// <summary>Reasoning that the server keeps apart; null if there is none.</summary>
    public string? Reasoning { get; init; }

    /// <summary>Null where the model did not refuse, or the server does not tell.</summary>
    public string? Refusal { get; init; }

    /// <summary>Null for a stop that can be a stop string as well as the end of the text.</summary>
    public FinishReason? End { get; init; }

    public AnswerUsage? Usage { get; init; }
}
