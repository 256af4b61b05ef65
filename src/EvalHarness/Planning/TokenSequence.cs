using System.Collections;
using System.Runtime.CompilerServices;

namespace EvalHarness.Planning;

/// <summary>
/// The tokens that a model is fed: those of a context, and then some of a continuation. The choices of a question hold the tokens of their
/// context once.
/// </summary>
[CollectionBuilder(typeof(TokenSequence), nameof(Of))]
internal readonly struct TokenSequence : IEnumerable<int>
{
    private readonly ArraySegment<int> _kept, _fed;

    /// <param name="context">The tokens of the context.</param>
    /// <param name="first">The number of them that are left out at the beginning.</param>
    /// <param name="continuation">The tokens of the continuation.</param>
    /// <param name="fed">The number of them that follow the context.</param>
    public TokenSequence(int[] context, int first, int[] continuation, int fed)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)first, (uint)context.Length, nameof(first));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)fed, (uint)continuation.Length, nameof(fed));
        (_kept, _fed) = (new(context, first, context.Length - first), new(continuation, 0, fed));
    }

    /// <param name="kept">The tokens of the context, without those that are left out at its beginning.</param>
    /// <param name="fed">The tokens of the continuation that follow them.</param>
    internal TokenSequence(ArraySegment<int> kept, ArraySegment<int> fed) => (_kept, _fed) = (kept, fed);

    public int Length => _kept.Count + _fed.Count;

    public int this[int index] => index < _kept.Count ? _kept[index] : _fed[index - _kept.Count];

    /// <summary>The array that holds the context, and the number of its tokens that are left out at its beginning.</summary>
    internal (int[] Array, int First) Context => (_kept.Array!, _kept.Offset);

    /// <summary>The tokens of the continuation that follow the context.</summary>
    internal ReadOnlySpan<int> Fed => _fed;

    private ReadOnlySpan<int> Kept => _kept;

    public static implicit operator TokenSequence(int[] tokens) => new(tokens, 0, [], 0);

    public static TokenSequence Of(ReadOnlySpan<int> tokens) => tokens.ToArray();

    /// <summary>Some of the tokens, without a copy where all of them are the context's or all the continuation's.</summary>
    public ReadOnlySpan<int> Slice(int start, int length)
    {
        ReadOnlySpan<int> kept = Kept;
        if (start + length <= kept.Length)
            return kept.Slice(start, length);
        return start >= kept.Length
            ? Fed.Slice(start - kept.Length, length)
            : (int[])[.. kept[start..], .. Fed[..(start + length - kept.Length)]];
    }

    public int[] ToArray() => [.. Kept, .. Fed];

    public bool Contains(int token) => Kept.Contains(token) || Fed.Contains(token);

    /// <summary>The number of tokens at the beginning that both have.</summary>
    /// <param name="other">The sequence to compare with.</param>
    /// <param name="known">So many tokens are known to be the same.</param>
    public int CommonPrefixLength(in TokenSequence other, int known = 0)
    {
        int common = ReferenceEquals(_kept.Array, other._kept.Array) && _kept.Offset == other._kept.Offset
            ? Math.Max(known, Math.Min(_kept.Count, other._kept.Count))
            : known;
        while (true)
        {
            ReadOnlySpan<int> mine = From(common), others = other.From(common);
            int length = Math.Min(mine.Length, others.Length), same = mine[..length].CommonPrefixLength(others[..length]);
            common += same;
            if (length == 0 || same < length)
                return common;
        }
    }

    /// <summary>The order by the first token that differs; where one sequence begins the other, it is first.</summary>
    /// <param name="other">The sequence to compare with.</param>
    /// <param name="known">So many tokens at the beginning are known to be the same.</param>
    public int CompareTo(in TokenSequence other, int known = 0)
    {
        int common = CommonPrefixLength(other, known);
        return common == Length || common == other.Length ? Length.CompareTo(other.Length) : this[common].CompareTo(other[common]);
    }

    /// <summary>The tokens from a place on, as far as one array has them; empty at the end.</summary>
    private ReadOnlySpan<int> From(int start)
    {
        ReadOnlySpan<int> kept = Kept;
        return start < kept.Length ? kept[start..] : Fed[(start - kept.Length)..];
    }

    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)ToArray()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
