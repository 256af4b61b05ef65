namespace EvalHarness.Tokenizers;

/// <summary>A text between two stages of encoding, and where its UTF-16 units stand in the original text.</summary>
/// <param name="value">The text at this stage.</param>
/// <param name="origin">Where the text begins in the original.</param>
/// <param name="starts">
/// For each unit where it comes from in the original, and behind them where the text ends there; null if the text is an unchanged part of
/// the original, or nobody is going to ask.
/// </param>
internal sealed class StageText(string value, int origin, int[]? starts)
{
    internal string Value => value;

    /// <summary>Where a unit stands in the original; for the length of the text, where the text ends there.</summary>
    internal int OriginOf(int index) => starts is null ? origin + index : starts[index];

    /// <summary>Where the part of the original ends that a unit comes from.</summary>
    internal int OriginAfter(int index)
    {
        if (starts is null)
            return origin + index + 1;
        int next = index + 1;
        while (next < starts.Length - 1 && starts[next] <= starts[index])
            next++;
        return starts[next];
    }

    /// <summary>A text that was made from a part of this one.</summary>
    /// <param name="changed">The new text.</param>
    /// <param name="start">Where the part begins.</param>
    /// <param name="length">The length of the part.</param>
    /// <param name="from">For each unit of the new text the unit of the part that it comes from; null if nobody is going to ask.</param>
    internal StageText Change(string changed, int start, int length, List<int>? from)
    {
        if (from is null)
            return new StageText(changed, OriginOf(start), null);
        int[] origins = new int[changed.Length + 1];
        for (int i = 0; i < changed.Length; i++)
            origins[i] = OriginOf(start + from[i]);
        origins[^1] = OriginOf(start + length);
        return new StageText(changed, OriginOf(start), origins);
    }
}

/// <summary>A part of a text between two stages of encoding.</summary>
/// <param name="Text">The text.</param>
/// <param name="Start">Where the part begins.</param>
/// <param name="Length">Its length in UTF-16 units.</param>
/// <param name="Id">The id of the added token that the part is; -1 if it is text.</param>
internal readonly record struct Piece(StageText Text, int Start, int Length, int Id = -1)
{
    internal int End => Start + Length;

    internal ReadOnlySpan<char> Span => Text.Value.AsSpan(Start, Length);
}
