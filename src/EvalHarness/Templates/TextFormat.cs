using System.Globalization;
using System.Text;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>
/// Python's <c>str.format</c>: fields by place or name, with members, indices, conversions and format specifications, and doubled braces.
/// </summary>
/// <remarks>Source: the Python 3 library reference, "Format String Syntax".</remarks>
internal sealed class TextFormat
{
    private readonly CallArguments _arguments;
    private int _next;
    private bool _isNumbered;

    private TextFormat(CallArguments arguments) => _arguments = arguments;

    internal static string Apply(string text, CallArguments arguments) => new TextFormat(arguments).Written(text, 0);

    private TemplateException Error(string message) => _arguments.At.Error($"str.format {message}");

    private string Written(string text, int depth)
    {
        if (depth > 1)
            throw Error("has fields within fields within fields");
        var result = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is '{' or '}' && i + 1 < text.Length && text[i + 1] == c)
            {
                result.Append(c);
                i++;
            }
            else if (c == '{')
            {
                int end = FieldEnd(text, i);
                result.Append(Field(text[(i + 1)..end], depth));
                i = end;
            }
            else if (c == '}')
            {
                throw Error("found a single '}'; expected '}}'");
            }
            else
            {
                result.Append(c);
            }

            if (result.Length > Python.LongestText)
                throw TextMethods.TooLong(result.Length);
        }

        return result.ToString();
    }

    /// <summary>The place of the brace that closes a field. Braces within square brackets are part of a key.</summary>
    private int FieldEnd(string text, int open)
    {
        int depth = 0;
        bool inKey = false;
        for (int i = open; i < text.Length; i++)
        {
            inKey = text[i] switch { '[' => true, ']' => false, _ => inKey };
            if (!inKey)
                depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
            if (depth == 0)
                return i;
        }

        throw Error("found '{' without the '}' that closes it");
    }

    private string Field(string field, int depth)
    {
        int end = 0;
        for (bool inKey = false; end < field.Length && (inKey || field[end] is not ('!' or ':')); end++)
            inKey = field[end] switch { '[' => true, ']' => false, _ => inKey };
        string name = field[..end];
        char conversion = '\0';
        if (end < field.Length && field[end] == '!')
        {
            if (end + 1 >= field.Length || field[end + 1] is not ('s' or 'r' or 'a')
                || (end + 2 < field.Length && field[end + 2] != ':'))
            {
                throw Error($"does not know the conversion in {{{field}}}; expected !s, !r or !a");
            }

            conversion = field[end + 1];
            end += 2;
        }

        object? value = Value(name);
        string specification = end < field.Length ? Written(field[(end + 1)..], depth + 1) : "";
        value = conversion switch
        {
            's' => Python.Str(value),
            'r' => Python.Repr(value),
            'a' => Python.Ascii(value),
            _ => value,
        };
        return FormatSpecification.Format(value, specification);
    }

    /// <summary>The value that the name of a field means: an argument, with its members and items.</summary>
    private object? Value(string name)
    {
        int end = name.AsSpan().IndexOfAny('.', '[');
        string first = end < 0 ? name : name[..end];
        object? value = Argument(first);
        for (int i = first.Length; i < name.Length;)
        {
            int next = name.AsSpan(i + 1).IndexOfAny('.', '[');
            int stop = name[i] == '[' ? name.IndexOf(']', i) : next >= 0 ? next + i + 1 : name.Length;
            string part = stop < 0 ? "" : name[(i + 1)..stop];
            if (part.Length == 0 || (name[i] != '.' && name[i] != '['))
                throw Error($"does not understand the field {{{name}}}");
            value = name[i] == '.'
                ? _arguments.Evaluator.Value(new Attribute(new Literal(value, _arguments.At), part, _arguments.At))
                : _arguments.Evaluator.Item(value, Key(part), _arguments.At);
            if (value is Undefined undefined)
                throw Error($"finds no value for {{{name}}}: {undefined.Description}");
            i = name[i] == '[' ? stop + 1 : stop;
        }

        return value;
    }

    private static object Key(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long i) ? i : text;

    private object? Argument(string name)
    {
        bool isNumber = name.Length > 0 && name.All(char.IsAsciiDigit);
        if ((name.Length == 0 && _isNumbered) || (isNumber && _next > 0))
            throw Error("cannot count some fields itself where others have numbers");
        _isNumbered |= isNumber;
        if (name.Length > 0 && !isNumber)
        {
            return _arguments.Named.TryGetValue(name, out object? value)
                ? value
                : throw Error($"got no argument '{name}'");
        }

        int i = name.Length == 0 ? _next++ : int.TryParse(name, CultureInfo.InvariantCulture, out int number) ? number : int.MaxValue;
        return i < _arguments.Positional.Count
            ? _arguments.Positional[i]
            : throw Error($"got {_arguments.Positional.Count} arguments, but the text uses {{{i}}}, counted from 0");
    }
}
