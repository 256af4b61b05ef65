using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace EvalHarness.Data.Shards;

/// <summary>A row, or a struct in it, as a map in the order of its columns. A value takes a place in an array and no more.</summary>
internal sealed class NamedValues(RowNames names, object?[] values) : IReadOnlyDictionary<string, object?>
{
    public int Count => values.Length;

    public IEnumerable<string> Keys => names.Names;

    public IEnumerable<object?> Values => values;

    public object? this[string key] =>
        TryGetValue(key, out object? value) ? value : throw new KeyNotFoundException($"There is no column {key}.");

    public bool ContainsKey(string key) => names.TryFind(key, out _);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out object? value)
    {
        bool isThere = names.TryFind(key, out int place);
        value = isThere ? values[place] : null;
        return isThere;
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (int i = 0; i < values.Length; i++)
            yield return KeyValuePair.Create(names.Names[i], values[i]);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
