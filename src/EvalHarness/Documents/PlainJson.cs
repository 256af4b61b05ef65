using System.Globalization;
using System.Text;
using System.Text.Json;
using EvalHarness.Templates;

namespace EvalHarness.Documents;

/// <summary>JSON as plain values, and plain values as Python's <c>json.dumps(value, indent=2, ensure_ascii=False)</c> writes them.</summary>
internal static class PlainJson
{
    internal static object? From(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => json.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null => null,
        JsonValueKind.Number => json.GetRawText().AsSpan().IndexOfAny(".eE") < 0 && json.TryGetInt64(out long integer) ? integer : (object)json.GetDouble(),
        JsonValueKind.Array => json.EnumerateArray().Select(From).ToList(),
        _ => new OrderedDictionary<string, object?>(json.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, From(p.Value)))),
    };

    internal static object? Parse(string text)
    {
        using var json = JsonDocument.Parse(text);
        return From(json.RootElement);
    }

    internal static string Dump(object? value)
    {
        var text = new StringBuilder();
        Dump(value, text, 0);
        return text.ToString();
    }

    private static void Dump(object? value, StringBuilder text, int depth)
    {
        switch (value)
        {
            case IReadOnlyList<object?> { Count: 0 }:
                text.Append("[]");
                break;
            case IReadOnlyDictionary<string, object?> { Count: 0 }:
                text.Append("{}");
                break;
            case IReadOnlyList<object?> list:
                Block('[', list, item => Dump(item, text, depth + 1), ']', text, depth);
                break;
            case IReadOnlyDictionary<string, object?> map:
                Block('{', map, member =>
                {
                    Quote(member.Key, text);
                    text.Append(": ");
                    Dump(member.Value, text, depth + 1);
                }, '}', text, depth);
                break;
            case string written:
                Quote(written, text);
                break;
            default:
                text.Append(value switch { null => "null", true => "true", false => "false", _ => Python.Str(value) });
                break;
        }
    }

    private static void Block<T>(char open, IEnumerable<T> items, Action<T> write, char close, StringBuilder text, int depth)
    {
        text.Append(open);
        string separator = "";
        foreach (T item in items)
        {
            text.Append(separator).Append('\n').Append(' ', 2 * (depth + 1));
            write(item);
            separator = ",";
        }

        text.Append('\n').Append(' ', 2 * depth).Append(close);
    }

    private static void Quote(string text, StringBuilder into)
    {
        into.Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' or '\\' => into.Append('\\').Append(c),
                '\n' => into.Append("\\n"),
                '\r' => into.Append("\\r"),
                '\t' => into.Append("\\t"),
                '\b' => into.Append("\\b"),
                '\f' => into.Append("\\f"),
                < ' ' => into.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => into.Append(c),
            };
        }

        into.Append('"');
    }
}
