using System.Runtime.InteropServices;
using EvalHarness.Planning;
using EvalHarness.Prompts;

namespace EvalHarness.Tokens;

/// <summary>A request whose texts have become token ids.</summary>
/// <param name="Request">The request. For a text that is scored in windows, this is the request of one window.</param>
/// <param name="PromptTokens">The number of tokens of the context and its prefix, before any are cut off.</param>
/// <param name="Sequence">The tokens to feed: a completion's prompt, or a context and its continuation without the last token.</param>
/// <param name="Continuation">The tokens to score; empty for completions.</param>
/// <param name="Truncated">The number of tokens that were cut off the beginning.</param>
internal sealed record EncodedRequest(Request Request, int PromptTokens, PlannedSequence Sequence, int[] Continuation, int Truncated = 0)
{
    /// <summary>The key of the task's request that this request answers, wholly or as one of its windows.</summary>
    internal RequestKey Owner { get; init; } = Request.Key;

    /// <summary>The number of tokens that the key-value cache must hold for this request.</summary>
    internal int Capacity(int window) => Request is GenerateRequest generate
        ? Math.Min(window, Sequence.Tokens.Length + generate.Options.MaxTokens)
        : Sequence.Tokens.Length;

    internal static EncodedRequest Scored(Request request, int[] context, int[] continuation, int cut = 0)
    {
        int[] fed = continuation.Length == 0 ? context : [.. context, .. continuation[..^1]];
        return new EncodedRequest(request, context.Length, new PlannedSequence(fed[cut..], context.Length - 1 - cut), continuation, cut);
    }
}

/// <summary>Compares arrays of token ids by their content.</summary>
internal sealed class TokensComparer : IEqualityComparer<int[]>
{
    internal static TokensComparer Instance { get; } = new();

    public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(int[] obj)
    {
        var hash = new HashCode();
        hash.AddBytes(MemoryMarshal.AsBytes(obj.AsSpan()));
        return hash.ToHashCode();
    }
}
