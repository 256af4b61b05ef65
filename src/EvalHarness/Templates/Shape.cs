namespace EvalHarness.Templates;

/// <summary>
/// The shape of a variable, as far as a template's use of it shows: a list, a map, a number or a text. It is enough to make up a value
/// with which the template can be rendered.
/// </summary>
internal sealed class Shape
{
    private readonly OrderedDictionary<string, Shape> _members = [];
    private readonly List<string> _separators = [];
    private Shape? _item;

    /// <summary>The only value known to fit, for example a key of a map literal in the template; null if any value may fit.</summary>
    internal object? Literal { get; set; }

    /// <summary>The number of items that a list needs at least.</summary>
    internal int Count { get; set; } = 4;

    internal bool IsNumber { get; set; }

    internal bool IsText { get; set; }

    internal Shape Member(string name)
    {
        if (!_members.TryGetValue(name, out Shape? member))
            _members[name] = member = new Shape();
        return member;
    }

    internal Shape Item() => _item ??= new Shape();

    /// <summary>Records that the template splits the text at a separator and uses the parts.</summary>
    internal void SplitBy(string separator) => _separators.Add(separator);

    /// <summary>Makes up a plain value of this shape.</summary>
    /// <param name="seed">A text from which the texts in the value are made, so that different seeds give different values.</param>
    internal object? Make(string seed)
    {
        if (Literal is not null)
            return Literal;
        if (_members.Count > 0)
        {
            return new OrderedDictionary<string, object?>(
                _members.Select(m => KeyValuePair.Create(m.Key, m.Value.Make($"{seed}.{m.Key}"))));
        }

        if (_separators.Count > 0)
        {
            return _separators.Aggregate(
                $"{seed} word",
                (text, separator) => string.Join(separator, Enumerable.Range(0, 8).Select(i => $"{text}{i}")));
        }

        if (_item is not null && !IsText)
            return Enumerable.Range(0, Count).Select(i => _item.Make($"{seed} {(char)('a' + i)}")).ToList();
        return IsNumber && !IsText ? 1L : $"{seed} word";
    }
}
