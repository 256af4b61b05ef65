using EvalHarness.Files;

namespace EvalHarness.Tasks;

/// <summary>
/// One YAML document of a task file as plain values, with <c>include</c> followed (the including file's keys win, of several
/// includes the later) and the place of every top-level key kept for messages.
/// </summary>
internal sealed class TaskFile
{
    private readonly Dictionary<string, string> _places = [];

    internal TaskFile(string source) => Source = source;

    internal string Source { get; }

    internal OrderedDictionary<string, object?> Values { get; } = [];

    /// <summary>"file:line: key", for the start of a message.</summary>
    internal string Place(string key) => $"{_places.GetValueOrDefault(key, Source)}: {key}";

    internal EvalException Error(string key, string message) => new(ExitCode.Task, $"{Place(key)}: {message}");

    /// <summary>The first to set a key wins.</summary>
    internal void Add(string key, object? value, string place)
    {
        if (Values.TryAdd(key, value))
            _places[key] = place;
    }

    /// <summary>This file with some keys replaced, as a group does with its members'.</summary>
    internal TaskFile With(IReadOnlyDictionary<string, object?> overrides, string place)
    {
        if (overrides.Count == 0)
            return this;
        var merged = new TaskFile(Source);
        foreach ((string key, object? value) in Values)
            merged.Add(key, overrides.GetValueOrDefault(key, value), overrides.ContainsKey(key) ? place : _places.GetValueOrDefault(key, Source));
        foreach ((string key, object? value) in overrides)
            merged.Add(key, value, place);
        return merged;
    }

    /// <summary>As results.json shows it: a function by its name.</summary>
    internal static object? Shown(object? value) => value switch
    {
        FunctionReference function => function.ToString(),
        IReadOnlyDictionary<string, object?> map => new OrderedDictionary<string, object?>(map.Select(m => KeyValuePair.Create(m.Key, Shown(m.Value)))),
        IReadOnlyList<object?> list => list.Select(Shown).ToList(),
        _ => value,
    };

    /// <summary>Every function that a value names, at any depth.</summary>
    internal static IEnumerable<FunctionReference> Functions(object? value) => value switch
    {
        FunctionReference function => [function],
        IReadOnlyDictionary<string, object?> map => map.Values.SelectMany(Functions),
        IReadOnlyList<object?> list => list.SelectMany(Functions),
        _ => [],
    };
}
