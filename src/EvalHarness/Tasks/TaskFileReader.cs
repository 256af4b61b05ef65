using System.Collections.Concurrent;
using EvalHarness.Files;
using YamlDotNet.Core;

namespace EvalHarness.Tasks;

/// <summary>The text of a task file, or of a file that a task file includes.</summary>
/// <param name="Source">The name of the file in messages, which also identifies the file.</param>
/// <param name="Folder">The folder in which its includes and Python files are looked for.</param>
/// <param name="Text">The content of the file, in YAML.</param>
internal sealed record IncludedText(string Source, string Folder, string Text);

/// <summary>
/// Reads task files. A file that many files include is parsed once. Several threads can read files at the same time.
/// </summary>
/// <param name="open">Returns the file with the given folder and name, or null if there is none.</param>
internal sealed class TaskFileReader(Func<string, string, IncludedText?> open)
{
    private readonly ConcurrentDictionary<string, IReadOnlyList<Parsed>> _included = [];

    /// <summary>One YAML document before its includes are merged into it.</summary>
    private sealed record Parsed(
        string Folder,
        IReadOnlyList<(string Key, object? Value, string Place)> Keys,
        IReadOnlyList<string> Includes,
        string IncludePlace);

    /// <summary>Reads all YAML documents of a file.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/>: the file is not valid YAML or not a map, or a file that it includes does not exist.
    /// </exception>
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
            // The key task_list is not inherited from included files.
            if (key != "task_list" || path.Count == 1)
                into.Add(key, value, place);
        }

        foreach (string name in parsed.Includes.Reverse())
        {
            IncludedText included = open(parsed.Folder, name)
                ?? throw new EvalException(
                    ExitCode.Task,
                    $"{parsed.IncludePlace}: include: there is no file {name} beside it, and no built-in task file of that name");
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
