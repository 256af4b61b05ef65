namespace EvalHarness.Results;

/// <summary>Makes one text of each that comes again and again, such as the name of a metric.</summary>
internal sealed class SharedTexts
{
    private readonly HashSet<string> _texts = [];
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    internal SharedTexts() => _lookup = _texts.GetAlternateLookup<ReadOnlySpan<char>>();

    internal string Of(ReadOnlySpan<char> characters)
    {
        if (_lookup.TryGetValue(characters, out string? known))
            return known;
        string text = characters.ToString();
        _texts.Add(text);
        return text;
    }
}
