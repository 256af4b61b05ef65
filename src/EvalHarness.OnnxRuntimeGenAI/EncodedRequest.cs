using System.Runtime.InteropServices;
using EvalHarness.Planning;
using EvalHarness.Prompts;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>A request as token ids.</summary>
/// <param name="Request">The request; of a whole text in windows, one window.</param>
/// <param name="PromptTokens">Tokens of the context with its prefix, before anything is cut off.</param>
/// <param name="Sequence">What is fed: the context and all of a continuation but its last token, or the prompt.</param>
/// <param name="Continuation">Tokens to score; empty for completions.</param>
/// <param name="Truncated">Tokens cut off the beginning.</param>
internal sealed record EncodedRequest(Request Request, int PromptTokens, PlannedSequence Sequence, int[] Continuation, int Truncated = 0)
{
    /// <summary>The request that this answers, or a window of it.</summary>
    internal RequestKey Owner { get; init; } = Request.Key;

    /// <summary>Tokens that the key-value cache needs for this request.</summary>
    internal int Capacity(int window) => Request is GenerateRequest generate
        ? Math.Min(window, Sequence.Tokens.Length + generate.Options.MaxTokens)
        : Sequence.Tokens.Length;

    internal static EncodedRequest Scored(Request request, int[] context, int[] continuation, int cut = 0)
    {
        int[] fed = continuation.Length == 0 ? context : [.. context, .. continuation[..^1]];
        return new EncodedRequest(request, context.Length, new PlannedSequence(fed[cut..], context.Length - 1 - cut), continuation, cut);
    }
}

/// <summary>Token ids by content.</summary>
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
