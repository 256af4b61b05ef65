using EvalHarness.Engines;

namespace EvalHarness.Results;

/// <summary>
/// The tokens of all responses of a task, those of earlier starts included: what an endpoint charges for. An engine that shares prefixes
/// computes fewer.
/// </summary>
/// <param name="Prompt">Tokens of the prompts, one request after the other.</param>
/// <param name="Cached">Those of them that the server had from earlier requests.</param>
/// <param name="Completion">Tokens of the completions, reasoning included, or of the continuations.</param>
public sealed record TokenCount(long Prompt, long Cached, long Completion)
{
    internal static TokenCount None { get; } = new(0, 0, 0);

    internal static TokenCount Of(IEnumerable<Response> responses) => responses.Aggregate(None, (sum, r) => sum + Of(r));

    private static TokenCount Of(Response response) => new(response.PromptTokens, response.CachedTokens, response.CompletionTokens);

    public static TokenCount operator +(TokenCount left, TokenCount right) => Add(left, right);

    public static TokenCount Add(TokenCount left, TokenCount right) =>
        new(left.Prompt + right.Prompt, left.Cached + right.Cached, left.Completion + right.Completion);
}
