using EvalHarness.Engines;

namespace EvalHarness.Results;

/// <summary>Counts completions one by one for <see cref="GenerationFigures"/>.</summary>
internal sealed class GenerationCount
{
    private int _completions;
    private double _tokens;
    private double _reasoningTokens;
    private int _atLimit;
    private int _unfinished;
    private int _reasoned;
    private int _undivided;
    private int _withheld;

    /// <param name="response">Without an error.</param>
    internal void Add(Response response)
    {
        _completions++;
        _tokens += response.CompletionTokens;
        _reasoningTokens += response.ReasoningTokens;
        _atLimit += response.FinishReason is FinishReason.Length or FinishReason.ContextFull ? 1 : 0;
        _unfinished += response.IsReasoningUnfinished ? 1 : 0;
        _reasoned += response.Reasoning is null ? 0 : 1;
        _undivided += response is { Reasoning: null, Text: { } text } && ReasoningMarkers.AreIn(text) ? 1 : 0;
        _withheld += response.FinishReason is FinishReason.ContentFilter or FinishReason.Refusal ? 1 : 0;
    }

    /// <param name="limit">The most tokens that the task lets a completion have.</param>
    internal GenerationFigures Figures(int limit) => new(
        _completions,
        _completions == 0 ? 0 : _tokens / _completions,
        _completions == 0 ? 0 : _reasoningTokens / _completions,
        _atLimit,
        _unfinished,
        _reasoned,
        _undivided,
        _withheld,
        limit);
}
