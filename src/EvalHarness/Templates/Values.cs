using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>What templates ask of values of every form: their items, their length, the members of a map.</summary>
internal static class Values
{
    /// <summary>The text of a string, which may be marked as HTML; null for other values.</summary>
    internal static string? AsText(object? value) => value as string ?? (value as PythonText)?.Text;

    internal static bool IsMap(object? value) => value is IReadOnlyDictionary<string, object?> or PythonDict;

    /// <summary>The members of a map.</summary>
    internal static IEnumerable<KeyValuePair<object?, object?>> Members(object? map) => map switch
    {
        IReadOnlyDictionary<string, object?> texts => texts.Select(m => KeyValuePair.Create((object?)m.Key, m.Value)),
        PythonDict any => any,
        _ => [],
    };

    internal static bool TryMember(object? map, object? key, out object? value)
    {
        if (map is PythonDict any)
            return any.TryGetValue(key, out value);
        value = null;
        return AsText(key) is { } name && map is IReadOnlyDictionary<string, object?> texts && texts.TryGetValue(name, out value);
    }

    /// <summary>The items over which Python iterates: a text's characters, a list's items, or a map's keys.</summary>
    internal static IEnumerable<object?> Items(object? value, Position at) => value switch
    {
        string text => Evaluator.CodePoints(text),
        PythonText text => Evaluator.CodePoints(text.Text).Select(c => new PythonText(c)),
        IReadOnlyList<object?> list => list,
        IReadOnlyDictionary<string, object?> map => map.Keys,
        PythonDict map => map.Select(m => m.Key),
        Undefined undefined => undefined.Lenient(Array.Empty<object?>()),
        LoopState loop => loop.Rest(),
        IEnumerable<object?> items => items,
        _ => throw at.Error($"{Python.TypeName(value)} has no items; expected a list, string or map"),
    };

    internal static bool IsIterable(object? value) => value is string or IEnumerable<object?> or PythonText or Undefined or LoopState
        || IsMap(value);

    /// <summary>Python's <c>len</c>; null if the value has no length.</summary>
    internal static long? Length(object? value) => value switch
    {
        string text => text.EnumerateRunes().Count(),
        PythonText text => text.Text.EnumerateRunes().Count(),
        IReadOnlyList<object?> list => list.Count,
        IReadOnlyDictionary<string, object?> map => map.Count,
        PythonDict map => map.Count,
        MapView view => view.Count,
        LoopState loop => loop.Length,
        Undefined undefined => undefined.Lenient(0L),
        _ => null,
    };
}
