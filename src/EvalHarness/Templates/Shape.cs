using EvalHarness.Data;
using EvalHarness.Pythonic;

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
            return Parts(seed);
        if (_item is not null && !IsText)
            return Items(seed, ColumnType.Unknown);
        return IsNumber && !IsText ? 1L : $"{seed} word";
    }

    /// <summary>Makes up a value of a type that is known; the use by the template only decides which one.</summary>
    /// <param name="seed">As for <see cref="Make(string)"/>.</param>
    /// <param name="type">The type of the column.</param>
    internal object? Make(string seed, ColumnType type) => type.Kind switch
    {
        ColumnKind.Text => Literal as string ?? Text(seed),
        ColumnKind.Integer => Literal as long? ?? 1L,
        ColumnKind.Number => Literal as double? ?? 1.0,
        ColumnKind.Flag => Literal as bool? ?? true,
        ColumnKind.List => Items(seed, type.Item!),
        ColumnKind.Map => new OrderedDictionary<string, object?>(type.Members.Select(
            m => KeyValuePair.Create(m.Key, (_members.GetValueOrDefault(m.Key) ?? new Shape()).Make($"{seed}.{m.Key}", m.Value)))),
        _ => Make(seed),
    };

    private string Text(string seed)
    {
        if (_separators.Count > 0)
            return Parts(seed);
        // Some datasets hold lists as the text that Python prints for them.
        if (_item is not null && !IsText)
            return Python.Repr(Items(seed, ColumnType.Unknown));
        return IsNumber && !IsText ? "1" : $"{seed} word";
    }

    private List<object?> Items(string seed, ColumnType type) =>
        [.. Enumerable.Range(0, Count).Select(i => (_item ?? new Shape()).Make($"{seed} {(char)('a' + i)}", type))];

    private string Parts(string seed) => _separators.Aggregate(
        $"{seed} word",
        (text, separator) => string.Join(separator, Enumerable.Range(0, 8).Select(i => $"{text}{i}")));
}
