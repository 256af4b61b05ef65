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
    private readonly int[] _context, _continuation;
    private readonly int _first, _fed;

    /// <param name="context">The tokens of the context.</param>
    /// <param name="first">The number of them that are left out at the beginning.</param>
    /// <param name="continuation">The tokens of the continuation.</param>
    /// <param name="fed">The number of them that follow the context.</param>
    public TokenSequence(int[] context, int first, int[] continuation, int fed)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)first, (uint)context.Length, nameof(first));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)fed, (uint)continuation.Length, nameof(fed));
        (_context, _first, _continuation, _fed) = (context, first, continuation, fed);
    }

    public int Length => _context.Length - _first + _fed;

    public int this[int index]
    {
        get
        {
            int behind = index - (_context.Length - _first);
            return behind < 0 ? _context[_first + index] : Fed[behind];
        }
    }

    private ReadOnlySpan<int> Kept => _context.AsSpan(_first);

    private ReadOnlySpan<int> Fed => _continuation.AsSpan(0, _fed);

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

    /// <summary>Whether these are the tokens of a context alone, and the same array holds them in the same place.</summary>
    public bool IsContext(int[] context, int first) => ReferenceEquals(_context, context) && _first == first && _fed == 0;

    /// <summary>The number of tokens at the beginning that both have.</summary>
    public int CommonPrefixLength(in TokenSequence other)
    {
        int common = ReferenceEquals(_context, other._context) && _first == other._first ? Kept.Length : 0;
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
    public int CompareTo(in TokenSequence other)
    {
        int common = CommonPrefixLength(other);
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
