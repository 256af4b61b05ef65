using System.Globalization;
using System.Numerics;
using System.Text;

namespace EvalHarness.Pythonic;

/// <summary>Writes plain values as JSON, character for character as Python's <c>json.dumps</c> does.</summary>
/// <remarks>Source: the Python 3 library reference, "json".</remarks>
internal sealed class PythonJson
{
    private readonly StringBuilder _text = new();
    private readonly string? _indent;
    private readonly bool _ascii;
    private readonly bool _sortKeys;
    private readonly string _itemSeparator;
    private readonly string _keySeparator;

    private PythonJson(string? indent, bool ascii, bool sortKeys, string itemSeparator, string keySeparator) =>
        (_indent, _ascii, _sortKeys, _itemSeparator, _keySeparator) = (indent, ascii, sortKeys, itemSeparator, keySeparator);

    /// <param name="value">A plain value.</param>
    /// <param name="indent">Python's <c>indent</c>: the number of spaces per level; null to write everything on one line.</param>
    /// <param name="ascii">Python's <c>ensure_ascii</c>: whether to escape all characters outside ASCII.</param>
    /// <param name="sortKeys">Python's <c>sort_keys</c>: whether to write the members of a map in the order of their keys.</param>
    public static string Dump(object? value, int? indent = null, bool ascii = true, bool sortKeys = false) =>
        Dump(value, indent is { } spaces ? new string(' ', spaces) : null, null, ascii, sortKeys);

    /// <param name="value">A plain value, or one of tuples and maps with other keys.</param>
    /// <param name="indent">The text that a level is indented by; null to write everything on one line.</param>
    /// <param name="separators">The texts between items, and between a key and its value; null for those of Python.</param>
    /// <param name="ascii">Python's <c>ensure_ascii</c>.</param>
    /// <param name="sortKeys">Python's <c>sort_keys</c>.</param>
    /// <exception cref="PythonLimitException">The value has no JSON, or it is too large or nested too deeply.</exception>
    public static string Dump(object? value, string? indent, (string Item, string Key)? separators, bool ascii, bool sortKeys)
    {
        (string item, string key) = separators ?? (indent is null ? ", " : ",", ": ");
        var json = new PythonJson(indent, ascii, sortKeys, item, key);
        json.Write(value, 0);
        return json._text.ToString();
    }

    private void Write(object? value, int depth)
    {
        if (_text.Length > Python.LongestText || depth > 500)
            throw new PythonLimitException("a value is too large or nested too deeply to be written as JSON");
        switch (value)
        {
            case PythonSequence { IsRange: false } tuple:
                Block('[', tuple, item => Write(item, depth + 1), ']', depth);
                break;
            case PythonDict map:
                if (_sortKeys && map.Select(m => m.Key is string).Distinct().Count() > 1)
                    throw new PythonLimitException("keys of different types cannot be sorted");
                bool numeric = _sortKeys && map.All(m => m.Key is double || PythonInteger.Is(m.Key));
                IEnumerable<KeyValuePair<object?, object?>> inOrder = numeric
                    ? map.OrderBy(m => m.Key is double number ? number : PythonInteger.ToDouble(PythonInteger.From(m.Key)!.Value))
                    : map;
                Members(inOrder.Select(m => KeyValuePair.Create(KeyText(m.Key), m.Value)), depth, _sortKeys && !numeric);
                break;
            case PythonText text:
                Quote(text.Text);
                break;
            case PythonObject other:
                throw new PythonLimitException($"{other.TypeName} cannot be written as JSON");
            case IReadOnlyList<object?> list:
                Block('[', list, item => Write(item, depth + 1), ']', depth);
                break;
            case IReadOnlyDictionary<string, object?> map:
                Members(map, depth, _sortKeys);
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

    private static string KeyText(object? key) => key switch
    {
        string text => text,
        PythonText text => text.Text,
        null => "null",
        bool flag => flag ? "true" : "false",
        double.NaN => "NaN",
        double.PositiveInfinity => "Infinity",
        double.NegativeInfinity => "-Infinity",
        long or double or BigInteger => Python.Str(key),
        _ => throw new PythonLimitException($"{Python.TypeName(key)} cannot be a key in JSON"),
    };

    private void Members(IEnumerable<KeyValuePair<string, object?>> members, int depth, bool sort)
    {
        IEnumerable<KeyValuePair<string, object?>> inOrder = sort ? members.OrderBy(m => m.Key, CodePointOrder.Comparer) : members;
        Block('{', inOrder, member => Member(member, depth), '}', depth);
    }

    private void Member(KeyValuePair<string, object?> member, int depth)
    {
        Quote(member.Key);
        _text.Append(_keySeparator);
        Write(member.Value, depth + 1);
    }

    private void Block<T>(char open, IEnumerable<T> items, Action<T> write, char close, int depth)
    {
        _text.Append(open);
        bool any = false;
        foreach (T item in items)
        {
            if (any)
                _text.Append(_itemSeparator);
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
        if (_indent is null)
            return;
        _text.Append('\n');
        for (int i = 0; i < depth; i++)
            _text.Append(_indent);
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
