using EvalHarness.Engines;
using EvalHarness.Planning;
using EvalHarness.Prompts;
using EvalHarness.Tasks;

namespace EvalHarness.Tokens;

/// <summary>A request whose texts have become token ids. Its texts are not held.</summary>
/// <param name="Key">The request. For a text that is scored in windows, this is one window, with its number as index.</param>
/// <param name="PromptTokens">The number of tokens of the context and its prefix, before any are cut off.</param>
/// <param name="Sequence">The tokens to feed: a completion's prompt, or a context and its continuation without the last token.</param>
/// <param name="Continuation">The tokens to score; empty for completions.</param>
/// <param name="Truncated">The number of tokens that were cut off the beginning.</param>
internal sealed record EncodedRequest(
    RequestKey Key, int PromptTokens, PlannedSequence Sequence, int[] Continuation, int Truncated = 0)
{
    private readonly int _ownerIndex = Key.Index;

    /// <summary>The key of the task's request that this request answers, wholly or as one of its windows.</summary>
    internal RequestKey Owner
    {
        get => Key with { Index = _ownerIndex };
        init => _ownerIndex = value.Index;
    }

    /// <summary>Whether this is a window of a text. The windows of a text follow each other.</summary>
    internal bool IsWindow { get; init; }

    /// <summary>How to generate a completion; null for log-likelihoods.</summary>
    internal GenerationOptions? Options { get; init; }

    /// <summary>The seed of a completion.</summary>
    internal int Seed { get; init; }

    /// <summary><see cref="ReasoningMarkers.IsOpenAfter"/> of a completion's prompt; null where nothing is looked for.</summary>
    internal bool? IsReasoningOpen { get; init; }

    /// <param name="key">The request.</param>
    /// <param name="context">The tokens of the context, at least one. The choices of a question may share the array.</param>
    /// <param name="continuation">The tokens to score, at least one.</param>
    /// <param name="cut">The number of tokens of the context to leave out at its beginning.</param>
    internal static EncodedRequest Scored(RequestKey key, int[] context, int[] continuation, int cut = 0)
    {
        var fed = new TokenSequence(context, cut, continuation, continuation.Length - 1);
        return new EncodedRequest(key, context.Length, new PlannedSequence(fed, context.Length - 1 - cut), continuation, cut);
    }

    /// <param name="request">What is asked.</param>
    /// <param name="prompt">The tokens of its prompt, at least one.</param>
    /// <param name="reasoning">What the prompt may end with; null to look for nothing.</param>
    /// <param name="cut">The number of tokens of the prompt to leave out at its beginning.</param>
    internal static EncodedRequest Generated(GenerateRequest request, int[] prompt, ReasoningMarkers? reasoning, int cut = 0)
    {
        int[] kept = cut == 0 ? prompt : prompt[cut..];
        return new EncodedRequest(request.Key, prompt.Length, new PlannedSequence(kept, kept.Length - 1), [], cut)
        {
            Options = request.Options,
            Seed = request.Seed,
            IsReasoningOpen = reasoning?.IsOpenAfter(request.Context),
        };
    }
}
