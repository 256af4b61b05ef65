using EvalHarness.Pythonic;

namespace EvalHarness.Data.Shards;

/// <summary>A map of a column as a value of a <see cref="Document"/>.</summary>
internal static class ColumnMap
{
    /// <returns>A dictionary where all keys are strings, otherwise a <see cref="PythonDict"/>. Of equal keys the last one counts.</returns>
    internal static object Of(IEnumerable<KeyValuePair<object?, object?>> entries)
    {
        KeyValuePair<object?, object?>[] all = [.. entries];
        if (all.All(entry => entry.Key is string))
        {
            var map = new OrderedDictionary<string, object?>(all.Length);
            foreach ((object? key, object? value) in all)
                map[(string)key!] = value;
            return map;
        }

        var other = new PythonDict();
        foreach ((object? key, object? value) in all)
        {
            if (!PythonDict.CanBeKey(key))
                throw new InvalidDataException($"a map has {Python.TypeName(key)} as a key, which no map of Python can have");
            other[key] = value;
        }

        return other;
    }
}
