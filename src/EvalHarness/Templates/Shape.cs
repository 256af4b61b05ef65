namespace EvalHarness.Templates;

/// <summary>What a template's use of a variable tells about it; enough to make up a value that the template takes.</summary>
internal sealed class Shape
{
    private readonly OrderedDictionary<string, Shape> _members = [];
    private readonly List<string> _separators = [];
    private Shape? _item;

    /// <summary>A value that only fits as it stands, such as a key of a map that the template writes out.</summary>
    internal object? Literal { get; set; }

    /// <summary>Items that a list needs at least.</summary>
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

    /// <summary>The text is split here, and the parts are used.</summary>
    internal void SplitBy(string separator) => _separators.Add(separator);

    /// <param name="seed">Different seeds give different texts.</param>
    internal object? Make(string seed)
    {
        if (Literal is not null)
            return Literal;
        if (_members.Count > 0)
            return new OrderedDictionary<string, object?>(_members.Select(m => KeyValuePair.Create(m.Key, m.Value.Make($"{seed}.{m.Key}"))));
        if (_separators.Count > 0)
            return _separators.Aggregate($"{seed} word", (text, separator) => string.Join(separator, Enumerable.Range(0, 8).Select(i => $"{text}{i}")));
        if (_item is not null && !IsText)
            return Enumerable.Range(0, Count).Select(i => _item.Make($"{seed} {(char)('a' + i)}")).ToList();
        return IsNumber && !IsText ? 1L : $"{seed} word";
    }
}
