using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace EvalHarness.Files;

/// <summary>A YAML document that is a map. Its keys are in the order of the file, each with its 1-based line.</summary>
internal sealed record YamlDocument(IReadOnlyList<(string Key, object? Value, long Line)> Keys);

/// <summary>
/// Reads YAML into plain values and is as lenient as PyYAML, which lm-evaluation-harness uses: if a key occurs twice, its last value
/// counts, and a quoted text may continue on a line that is not indented.
/// </summary>
internal sealed class YamlReader
{
    private readonly Dictionary<AnchorName, object?> _anchors = [];
    private readonly Parser _parser;
    private readonly string _source;
    private readonly string _folder;

    private YamlReader(string text, string source, string folder) =>
        (_parser, _source, _folder) = (new Parser(new StringReader(text)), source, folder);

    /// <param name="text">One or more YAML documents; empty documents are left out of the result.</param>
    /// <param name="source">The file name to show in error messages.</param>
    /// <param name="folder">The folder of the file, in which <c>!function</c> looks for Python modules.</param>
    /// <exception cref="YamlException">The text is not valid YAML.</exception>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: a document is not a map.</exception>
    internal static IReadOnlyList<YamlDocument> Read(string text, string source, string folder)
    {
        while (true)
        {
            try
            {
                YamlNesting.Check(text);
                return [.. new YamlReader(text, source, folder).Documents()];
            }
            catch (YamlException e) when (
                e.Message.Contains("wrong indentation", StringComparison.Ordinal)
                && Indented(text, (int)e.Start.Index) is { } indented
                && indented != text)
            {
                text = indented;
            }
        }
    }

    /// <summary>
    /// Indents the continuation lines of the quoted text that starts at <paramref name="quote"/>. YAML ignores spaces at the start of
    /// these lines, so the value stays the same. Returns null if no quoted text starts there.
    /// </summary>
    private static string? Indented(string text, int quote)
    {
        if (quote >= text.Length || text[quote] != '"')
            return null;
        int end = quote + 1;
        for (; end < text.Length && text[end] != '"'; end++)
            end += text[end] == '\\' ? 1 : 0;
        end = Math.Min(end, text.Length);
        string scalar = text[quote..end];
        return scalar.Contains("\n                ", StringComparison.Ordinal)
            ? text
            : text[..quote] + scalar.Replace("\n", "\n                ", StringComparison.Ordinal) + text[end..];
    }

    private IEnumerable<YamlDocument> Documents()
    {
        _parser.Consume<StreamStart>();
        while (!_parser.TryConsume<StreamEnd>(out _))
        {
            _parser.Consume<DocumentStart>();
            if (_parser.Current is Scalar { Value: "" })
            {
                _parser.MoveNext();
            }
            else
            {
                if (!_parser.TryConsume<MappingStart>(out _))
                {
                    string found = _parser.Current is SequenceStart ? "a list" : "text";
                    string message = $"{_source}:{_parser.Current!.Start.Line}: a task file is a map of keys; found {found}";
                    throw new EvalException(ExitCode.Task, message);
                }

                var keys = new OrderedDictionary<string, (object? Value, long Line)>();
                Members((key, value, line) => keys[key] = (value, line));
                yield return new YamlDocument([.. keys.Select(k => (k.Key, k.Value.Value, k.Value.Line))]);
            }

            _parser.Consume<DocumentEnd>();
        }
    }

    private void Members(Action<string, object?, long> add)
    {
        var merged = new List<(string Key, object? Value, long Line)>();
        var own = new HashSet<string>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            Mark at = _parser.Current!.Start;
            if (_parser.Current is not Scalar key)
                throw new YamlException(at, at, "a key must be a word");
            _parser.MoveNext();
            object? value = Value();
            if (key.Value == "<<" && value is IReadOnlyDictionary<string, object?> map)
            {
                merged.AddRange(map.Select(m => (m.Key, m.Value, at.Line)));
                continue;
            }

            own.Add(key.Value);
            add(key.Value, value, at.Line);
        }

        foreach ((string key, object? value, long line) in merged.Where(m => !own.Contains(m.Key)))
            add(key, value, line);
    }

    private object? Value()
    {
        switch (_parser.Current)
        {
            case AnchorAlias alias:
                _parser.MoveNext();
                return _anchors.TryGetValue(alias.Value, out object? anchored)
                    ? anchored
                    : throw new YamlException(alias.Start, alias.End, $"there is no anchor &{alias.Value} before the alias *{alias.Value}");
            case Scalar scalar:
                _parser.MoveNext();
                return Remember(scalar, YamlScalar.Resolve(scalar, _folder));
            case SequenceStart sequence:
                _parser.MoveNext();
                var list = new List<object?>();
                while (!_parser.TryConsume<SequenceEnd>(out _))
                    list.Add(Value());
                return Remember(sequence, list);
            case MappingStart mapping:
                _parser.MoveNext();
                var map = new OrderedDictionary<string, object?>();
                Members((key, value, _) => map[key] = value);
                return Remember(mapping, map);
            default:
                throw new YamlException(_parser.Current!.Start, _parser.Current.End, "the document ends where a value is expected");
        }
    }

    private object? Remember(NodeEvent node, object? value)
    {
        if (!node.Anchor.IsEmpty)
            _anchors[node.Anchor] = value;
        return value;
    }
}
