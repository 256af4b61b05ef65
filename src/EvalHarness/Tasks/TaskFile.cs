using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace EvalHarness.Tasks;

/// <summary>
/// One YAML document of a task file as plain values, with <c>include</c> followed (the including file's keys win) and the place
/// of every top-level key kept for messages.
/// </summary>
internal sealed class TaskFile
{
    private readonly Dictionary<string, string> _places = [];

    private TaskFile(string source) => Source = source;

    internal string Source { get; }

    internal OrderedDictionary<string, object?> Values { get; } = [];

    /// <summary>"file:line: key", for the start of a message.</summary>
    internal string Place(string key) => $"{_places.GetValueOrDefault(key, Source)}: {key}";

    internal EvalException Error(string key, string message) => new(ExitCode.Task, $"{Place(key)}: {message}");

    /// <param name="source">Shown in messages.</param>
    /// <param name="text">One or more YAML documents.</param>
    /// <param name="include">Gives name and text of an included file, or null.</param>
    internal static IReadOnlyList<TaskFile> Parse(string source, string text, Func<string, (string Source, string Text)?> include)
    {
        var files = new List<TaskFile>();
        foreach (YamlMappingNode map in Load(source, text))
        {
            var file = new TaskFile(source);
            file.Merge(map, source, include, depth: 0);
            files.Add(file);
        }

        return files;
    }

    private static IEnumerable<YamlMappingNode> Load(string source, string text)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new EvalException(ExitCode.Task, $"{source}:{e.Start.Line}: not valid YAML: {e.Message}", e);
        }

        return stream.Documents.Select(document => document.RootNode as YamlMappingNode
            ?? throw new EvalException(ExitCode.Task, $"{source}:{document.RootNode.Start.Line}: a task file is a map of keys; found {document.RootNode.NodeType}"));
    }

    private void Merge(YamlMappingNode map, string source, Func<string, (string Source, string Text)?> include, int depth)
    {
        foreach ((YamlNode keyNode, YamlNode value) in map.Children)
        {
            string key = (keyNode as YamlScalarNode)?.Value ?? throw new EvalException(ExitCode.Task, $"{source}:{keyNode.Start.Line}: a key must be a word");
            if (key == "include" || Values.ContainsKey(key))
                continue;
            Values[key] = YamlScalar.ToPlain(value);
            _places[key] = $"{source}:{keyNode.Start.Line}";
        }

        if (!map.Children.TryGetValue(new YamlScalarNode("include"), out YamlNode? included))
            return;
        string name = (included as YamlScalarNode)?.Value ?? throw new EvalException(ExitCode.Task, $"{source}:{included.Start.Line}: include: expected a file name");
        if (depth > 16)
            throw new EvalException(ExitCode.Task, $"{source}:{included.Start.Line}: include: {name} includes itself");
        (string includedSource, string text) = include(name)
            ?? throw new EvalException(ExitCode.Task, $"{source}:{included.Start.Line}: include: there is no file {name} beside it");
        foreach (YamlMappingNode root in Load(includedSource, text))
            Merge(root, includedSource, include, depth + 1);
    }
}
