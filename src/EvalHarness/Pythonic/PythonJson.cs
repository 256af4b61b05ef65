using System.Globalization;
using System.Text;

namespace EvalHarness.Pythonic;

/// <summary>Writes plain values as JSON, character for character as Python's <c>json.dumps</c> does.</summary>
/// <remarks>Source: the Python 3 library reference, "json".</remarks>
internal sealed class PythonJson
{
    private readonly StringBuilder _text = new();
    private readonly int? _indent;
    private readonly bool _ascii;
    private readonly bool _sortKeys;

    private PythonJson(int? indent, bool ascii, bool sortKeys) => (_indent, _ascii, _sortKeys) = (indent, ascii, sortKeys);

    /// <param name="value">A plain value.</param>
    /// <param name="indent">Python's <c>indent</c>: the number of spaces per level; null to write everything on one line.</param>
    /// <param name="ascii">Python's <c>ensure_ascii</c>: whether to escape all characters outside ASCII.</param>
    /// <param name="sortKeys">Python's <c>sort_keys</c>: whether to write the members of a map in the order of their keys.</param>
    public static string Dump(object? value, int? indent = null, bool ascii = true, bool sortKeys = false)
    {
        var json = new PythonJson(indent, ascii, sortKeys);
        json.Write(value, 0);
        return json._text.ToString();
    }

    private void Write(object? value, int depth)
    {
        switch (value)
        {
            case IReadOnlyList<object?> list:
                Block('[', list, item => Write(item, depth + 1), ']', depth);
                break;
            case IReadOnlyDictionary<string, object?> map:
                IEnumerable<KeyValuePair<string, object?>> members = _sortKeys ? map.OrderBy(m => m.Key, StringComparer.Ordinal) : map;
                Block('{', members, member => Member(member, depth), '}', depth);
                break;
            case string text:
                Quote(text);
                break;
            default:
                _text.Append(value switch
                {
                    null => "null",
                    true => "true",
                    false => "false",
                    double.NaN => "NaN",
                    double.PositiveInfinity => "Infinity",
                    double.NegativeInfinity => "-Infinity",
                    _ => Python.Str(value),
                });
                break;
        }
    }

    private void Member(KeyValuePair<string, object?> member, int depth)
    {
        Quote(member.Key);
        _text.Append(": ");
        Write(member.Value, depth + 1);
    }

    private void Block<T>(char open, IEnumerable<T> items, Action<T> write, char close, int depth)
    {
        _text.Append(open);
        bool any = false;
        foreach (T item in items)
        {
            if (any)
                _text.Append(_indent is null ? ", " : ",");
            NewLine(depth + 1);
            write(item);
            any = true;
        }

        if (any)
            NewLine(depth);
        _text.Append(close);
    }

    private void NewLine(int depth)
    {
        if (_indent is { } indent)
            _text.Append('\n').Append(' ', indent * depth);
    }

    private void Quote(string text)
    {
        _text.Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' or '\\' => _text.Append('\\').Append(c),
                '\n' => _text.Append("\\n"),
                '\r' => _text.Append("\\r"),
                '\t' => _text.Append("\\t"),
                '\b' => _text.Append("\\b"),
                '\f' => _text.Append("\\f"),
                _ when c < ' ' || (_ascii && c > '~') => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => _text.Append(c),
            };
        }

        _text.Append('"');
    }
}
