using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace EvalHarness.Files;

/// <summary>One YAML document that is a map: its keys in order, with the line of each.</summary>
internal sealed record YamlDocument(IReadOnlyList<(string Key, object? Value, long Line)> Keys);

/// <summary>
/// YAML as plain values, as lenient as the reference's loader: of a key that stands twice the last counts, and a quoted text may go
/// on in a line that is not indented.
/// </summary>
internal sealed class YamlReader
{
    private readonly Dictionary<AnchorName, object?> _anchors = [];
    private readonly Parser _parser;
    private readonly string _source;
    private readonly string _folder;

    private YamlReader(string text, string source, string folder) => (_parser, _source, _folder) = (new Parser(new StringReader(text)), source, folder);

    /// <param name="text">One or more documents; an empty one is left out.</param>
    /// <param name="source">Of the text, for messages.</param>
    /// <param name="folder">Of the file, where <c>!function</c> looks for Python.</param>
    /// <exception cref="YamlException">Not YAML.</exception>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: a document is no map.</exception>
    internal static IReadOnlyList<YamlDocument> Read(string text, string source, string folder)
    {
        while (true)
        {
            try
            {
                return [.. new YamlReader(text, source, folder).Documents()];
            }
            catch (YamlException e) when (e.Message.Contains("wrong indentation", StringComparison.Ordinal) && Indented(text, (int)e.Start.Index) is { } indented && indented != text)
            {
                text = indented;
            }
        }
    }

    /// <summary>Spaces at the beginning of a quoted text's further lines mean nothing, so adding some changes nothing.</summary>
    private static string? Indented(string text, int quote)
    {
        if (quote >= text.Length || text[quote] != '"')
            return null;
        int end = quote + 1;
        for (; end < text.Length && text[end] != '"'; end++)
            end += text[end] == '\\' ? 1 : 0;
        end = Math.Min(end, text.Length);
        string scalar = text[quote..end];
        return scalar.Contains("\n                ", StringComparison.Ordinal) ? text : text[..quote] + scalar.Replace("\n", "\n                ", StringComparison.Ordinal) + text[end..];
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
                    throw new EvalException(ExitCode.Task, $"{_source}:{_parser.Current!.Start.Line}: a task file is a map of keys; found {(_parser.Current is SequenceStart ? "a list" : "text")}");
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
                return _anchors.TryGetValue(alias.Value, out object? anchored) ? anchored : throw new YamlException(alias.Start, alias.End, $"nothing is named {alias.Value}");
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
                throw new YamlException(_parser.Current!.Start, _parser.Current.End, "unexpected end");
        }
    }

    private object? Remember(NodeEvent node, object? value)
    {
        if (!node.Anchor.IsEmpty)
            _anchors[node.Anchor] = value;
        return value;
    }
}
