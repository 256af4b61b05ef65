using EvalHarness.Engines;

namespace EvalHarness.Results;

/// <summary>
/// The tokens of all responses of a task, those of earlier starts included: what an endpoint charges for. An engine that shares prefixes
/// computes fewer.
/// </summary>
/// <param name="Prompt">
/// Tokens that were read, one request after the other: those of prompts, and those of continuations that were scored.
/// </param>
/// <param name="Cached">Those of them that the server had from earlier requests.</param>
/// <param name="Completion">Tokens that were generated, reasoning included.</param>
public sealed record TokenCount(long Prompt, long Cached, long Completion)
{
    internal static TokenCount None { get; } = new(0, 0, 0);

    internal static TokenCount Of(IEnumerable<Response> responses) => responses.Aggregate(None, (sum, r) => sum + Of(r));

    private static TokenCount Of(Response response) => response.FinishReason == FinishReason.Scored
        ? new(response.PromptTokens + response.CompletionTokens, response.CachedTokens, response.DiscardedTokens)
        : new(response.PromptTokens, response.CachedTokens, response.CompletionTokens);

    public static TokenCount operator +(TokenCount left, TokenCount right) => Add(left, right);

    public static TokenCount Add(TokenCount left, TokenCount right) =>
        new(left.Prompt + right.Prompt, left.Cached + right.Cached, left.Completion + right.Completion);
}
