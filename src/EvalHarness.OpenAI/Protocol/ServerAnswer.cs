using System.Text.Json;
using EvalHarness.Engines;

namespace EvalHarness.OpenAI.Protocol;

/// <summary>What a server answers to one request, by chat or by completion.</summary>
internal sealed record ServerAnswer
{
    /// <summary>The name that the server gives to the model that answered; null where it gives none.</summary>
    public string? Model { get; init; }

    /// <summary>What OpenAI's servers say of their configuration; null where the server says nothing.</summary>
    public string? Fingerprint { get; init; }

    public string Text { get; init; } = "";

    /// <summary>The reasoning, where the server keeps it apart.</summary>
    public string? Reasoning { get; init; }

    public FinishReason FinishReason { get; init; } = FinishReason.EndOfText;

    public int PromptTokens { get; init; }

    public int CachedTokens { get; init; }

    public int CompletionTokens { get; init; }

    public int ReasoningTokens { get; init; }

    /// <summary>The first choice of a completion, with its log-probabilities; null for an answer by chat.</summary>
    public JsonElement? Choice { get; init; }

    /// <summary>The same answer, to a request.</summary>
    internal Response ToResponse(Prompts.RequestKey key, double milliseconds) => new()
    {
        Key = key,
        FinishReason = FinishReason,
        Text = Text,
        Reasoning = Reasoning,
        ReasoningTokens = ReasoningTokens,
        PromptTokens = PromptTokens,
        CachedTokens = CachedTokens,
        CompletionTokens = CompletionTokens,
        Milliseconds = milliseconds,
    };
}

/// <summary>An answer in a form that says nothing here.</summary>
internal sealed class UnreadableAnswerException(string message, Exception? inner = null) : Exception(message, inner);
