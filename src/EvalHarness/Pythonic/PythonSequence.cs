using System.Collections;
using System.Text;

namespace EvalHarness.Pythonic;

/// <summary>A sequence that is no list: Python's <c>tuple</c> or <c>range</c>.</summary>
internal sealed class PythonSequence : PythonObject, IReadOnlyList<object?>
{
    private readonly IReadOnlyList<object?> _items;
    private readonly string? _range;
    private readonly IReadOnlyList<string> _names;

    private PythonSequence(IReadOnlyList<object?> items, string? range, IReadOnlyList<string> names) =>
        (_items, _range, _names) = (items, range, names);

    /// <param name="items">The items, which do not change afterwards.</param>
    /// <param name="names">The names of the items where they are attributes too, as in a named tuple.</param>
    public static PythonSequence Tuple(IReadOnlyList<object?> items, params string[] names) => new(items, null, names);

    /// <param name="items">The numbers of the range.</param>
    /// <param name="text">How Python prints the range: <c>range(0, 3)</c>.</param>
    public static PythonSequence Range(IReadOnlyList<object?> items, string text) => new(items, text, []);

    public bool IsRange => _range is not null;

    /// <summary>How Python prints a range; null for a tuple.</summary>
    internal string? RangeText => _range;

    /// <summary>The names of the items of a named tuple; none for other sequences.</summary>
    internal IReadOnlyList<string> Names => _names;

    public override string TypeName => IsRange ? "a range" : "a tuple";

    public override bool IsTrue => Count > 0;

    public int Count => _items.Count;

    public object? this[int index] => _items[index];

    public IEnumerator<object?> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override void WriteRepr(StringBuilder text, int depth)
    {
        if (_range is not null)
        {
            text.Append(_range);
            return;
        }

        Python.WriteItems(text, "(", _items, Count == 1 ? ",)" : ")", depth);
    }

    public override bool TryMember(string name, out object? value)
    {
        int i = 0;
        while (i < _names.Count && _names[i] != name)
            i++;
        value = i < _names.Count ? _items[i] : null;
        return i < _names.Count;
    }
}
