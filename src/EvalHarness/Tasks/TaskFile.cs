using EvalHarness.Files;

namespace EvalHarness.Tasks;

/// <summary>
/// One YAML document of a task file as plain values, including those of the files that it includes. A key of the including file
/// overrides that of an included one, and a later include overrides an earlier one. The place of every top-level key is kept for
/// error messages.
/// </summary>
internal sealed class TaskFile
{
    private readonly Dictionary<string, string> _places = [];

    internal TaskFile(string source) => Source = source;

    internal string Source { get; }

    internal OrderedDictionary<string, object?> Values { get; } = [];

    /// <summary>Returns "file:line: key", with which error messages begin.</summary>
    internal string Place(string key) => $"{_places.GetValueOrDefault(key, Source)}: {key}";

    /// <summary>The folder of the file that gives a key; null if that file comes with the program.</summary>
    internal string? Folder(string key)
    {
        string place = _places.GetValueOrDefault(key, Source);
        string file = place.LastIndexOf(':') is var colon and > 1 && place[(colon + 1)..].All(char.IsAsciiDigit) ? place[..colon] : place;
        return File.Exists(file) ? Path.GetDirectoryName(Path.GetFullPath(file)) : null;
    }

    internal EvalException Error(string key, string message) => new(ExitCode.Task, $"{Place(key)}: {message}");

    /// <summary>Sets a key, unless it is already set.</summary>
    internal void Add(string key, object? value, string place)
    {
        if (Values.TryAdd(key, value))
            _places[key] = place;
    }

    /// <summary>Returns this file with some keys replaced, as a group does for its members.</summary>
    internal TaskFile With(IReadOnlyDictionary<string, object?> overrides, string place)
    {
        if (overrides.Count == 0)
            return this;
        var merged = new TaskFile(Source);
        foreach ((string key, object? value) in Values)
        {
            string keyPlace = overrides.ContainsKey(key) ? place : _places.GetValueOrDefault(key, Source);
            merged.Add(key, overrides.GetValueOrDefault(key, value), keyPlace);
        }

        foreach ((string key, object? value) in overrides)
            merged.Add(key, value, place);
        return merged;
    }

    /// <summary>Returns a value as results.json shows it, with functions replaced by their names.</summary>
    internal static object? Shown(object? value) => value switch
    {
        FunctionReference function => function.ToString(),
        IReadOnlyDictionary<string, object?> map =>
            new OrderedDictionary<string, object?>(map.Select(m => KeyValuePair.Create(m.Key, Shown(m.Value)))),
        IReadOnlyList<object?> list => list.Select(Shown).ToList(),
        _ => value,
    };

    /// <summary>Returns every function that a value names at any depth.</summary>
    internal static IEnumerable<FunctionReference> Functions(object? value) => value switch
    {
        FunctionReference function => [function],
        IReadOnlyDictionary<string, object?> map => map.Values.SelectMany(Functions),
        IReadOnlyList<object?> list => list.SelectMany(Functions),
        _ => [],
    };
}
