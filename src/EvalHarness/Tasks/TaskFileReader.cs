using System.Collections.Concurrent;
using EvalHarness.Files;
using YamlDotNet.Core;

namespace EvalHarness.Tasks;

/// <summary>Text of a file that another one includes.</summary>
/// <param name="Source">Shown in messages, and the same for the same file.</param>
/// <param name="Folder">Where its own includes and functions are looked for.</param>
/// <param name="Text">YAML.</param>
internal sealed record IncludedText(string Source, string Folder, string Text);

/// <summary>Reads task files. A file that many include is parsed once; reading is safe from several threads.</summary>
/// <param name="open">Gives a file by folder and name, or null.</param>
internal sealed class TaskFileReader(Func<string, string, IncludedText?> open)
{
    private readonly ConcurrentDictionary<string, IReadOnlyList<Parsed>> _included = [];

    /// <summary>One YAML document before its includes.</summary>
    private sealed record Parsed(string Folder, IReadOnlyList<(string Key, object? Value, string Place)> Keys, IReadOnlyList<string> Includes, string IncludePlace);

    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: not YAML, not a map, or an include that is not there.</exception>
    internal IReadOnlyList<TaskFile> Read(IncludedText file) => [.. Parse(file).Select(parsed =>
    {
        var merged = new TaskFile(file.Source);
        Merge(parsed, merged, [file.Source]);
        return merged;
    })];

    private void Merge(Parsed parsed, TaskFile into, IReadOnlyList<string> path)
    {
        foreach ((string key, object? value, string place) in parsed.Keys)
        {
            // A list of tasks belongs to the file that writes it.
            if (key != "task_list" || path.Count == 1)
                into.Add(key, value, place);
        }

        foreach (string name in parsed.Includes.Reverse())
        {
            IncludedText included = open(parsed.Folder, name)
                ?? throw new EvalException(ExitCode.Task, $"{parsed.IncludePlace}: include: there is no file {name} beside it");
            if (path.Contains(included.Source))
                throw new EvalException(ExitCode.Task, $"{parsed.IncludePlace}: include: {name} includes itself");
            foreach (Parsed inner in _included.GetOrAdd(included.Source, _ => Parse(included)))
                Merge(inner, into, [.. path, included.Source]);
        }
    }

    private static List<Parsed> Parse(IncludedText file)
    {
        try
        {
            return [.. YamlReader.Read(file.Text, file.Source, file.Folder).Select(document => Parse(document, file))];
        }
        catch (YamlException e)
        {
            throw new EvalException(ExitCode.Task, $"{file.Source}:{e.Start.Line}: not valid YAML: {e.Message}", e);
        }
    }

    private static Parsed Parse(YamlDocument document, IncludedText file)
    {
        var keys = new List<(string, object?, string)>();
        var includes = new List<string>();
        string includePlace = file.Source;
        foreach ((string key, object? value, long line) in document.Keys)
        {
            string place = $"{file.Source}:{line}";
            if (key != "include")
            {
                keys.Add((key, value, place));
                continue;
            }

            includePlace = place;
            includes.AddRange(value switch
            {
                string one => [one],
                IReadOnlyList<object?> many when many.All(m => m is string) => many.Cast<string>(),
                _ => throw new EvalException(ExitCode.Task, $"{place}: include: expected a file name or a list of them"),
            });
        }

        return new Parsed(file.Folder, keys, includes, includePlace);
    }
}
