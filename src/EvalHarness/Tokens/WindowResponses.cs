using EvalHarness.Engines;
using EvalHarness.Prompts;

namespace EvalHarness.Tokens;

/// <summary>Responses to windows of texts, until all windows of a text have one. Their sums are the response to the text.</summary>
internal sealed class WindowResponses
{
    /// <summary>By the number of the text's first window.</summary>
    private readonly Dictionary<int, Response?[]> _texts = [];

    /// <param name="text">The number of the text's first window.</param>
    /// <param name="count">The number of its windows.</param>
    /// <param name="window">The window that has a response now, from 0.</param>
    /// <param name="response">The response.</param>
    /// <param name="owner">The key of the task's request for the text.</param>
    /// <returns>The response to the text, or null if responses to other windows are missing.</returns>
    internal Response? Add(int text, int count, int window, Response response, RequestKey owner)
    {
        if (!_texts.TryGetValue(text, out Response?[]? parts))
            _texts[text] = parts = new Response?[count];
        parts[window] = response;
        if (parts.Any(p => p is null))
            return null;
        _texts.Remove(text);
        return Sum(parts!, owner);
    }

    private static Response Sum(Response[] parts, RequestKey owner) => Array.Find(parts, p => p.Error is not null) is { } failed
        ? Response.Failed(owner, failed.Error!, failed.PromptTokens)
        : new Response
        {
            Key = owner,
            FinishReason = FinishReason.Scored,
            PromptTokens = parts.Sum(p => p.PromptTokens),
            CachedTokens = parts.Sum(p => p.CachedTokens),
            CompletionTokens = parts.Sum(p => p.CompletionTokens),
            DiscardedTokens = parts.Sum(p => p.DiscardedTokens),
            LogLikelihood = parts.Sum(p => p.LogLikelihood!.Value),
            TokenLogProbabilities = [.. parts.SelectMany(p => p.TokenLogProbabilities)],
            Milliseconds = parts.Sum(p => p.Milliseconds),
        };
}
