namespace EvalHarness.Tokenizers;

/// <summary>The merges of a byte-pair encoding, and where they cannot reach across.</summary>
internal sealed class BytePairMerges
{
    /// <summary>The character that stands for a space in vocabularies of SentencePiece.</summary>
    internal const char Space = '\u2581';

    /// <summary>The units that stand before <see cref="Space"/> within a token that a merge makes.</summary>
    private readonly bool[] _beforeSpace = new bool[char.MaxValue + 1];

    internal MergeTable Table { get; } = new();

    /// <param name="left">The id of the left token.</param>
    /// <param name="right">The id of the right token.</param>
    /// <param name="rank">The merge's place in the list.</param>
    /// <param name="id">The id of the token that they become.</param>
    /// <param name="token">That token.</param>
    internal void Add(int left, int right, int rank, int id, ReadOnlySpan<char> token)
    {
        Table.Add(left, right, rank, id);
        for (int i = 1; i < token.Length; i++)
        {
            if (token[i] == Space)
                _beforeSpace[token[i - 1]] = true;
        }
    }

    /// <summary>Whether no merge joins a symbol that ends in a unit with a symbol that begins with <see cref="Space"/>.</summary>
    internal bool EndsBeforeSpace(char unit) => !_beforeSpace[unit];
}
