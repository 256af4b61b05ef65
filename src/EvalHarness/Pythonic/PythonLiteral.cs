using System.Globalization;
using System.Text.RegularExpressions;

namespace EvalHarness.Pythonic;

/// <summary>
/// Python's <c>ast.literal_eval</c>: numbers, strings, True, False, None, lists, tuples and maps. What Python reads and there is no value
/// for here (sets, bytes, complex numbers, <c>...</c>) is refused by name.
/// </summary>
/// <remarks>Source: the Python 3 language reference, "Literals", and the library reference, "ast.literal_eval".</remarks>
internal sealed partial class PythonLiteral
{
    /// <summary>How many brackets may be nested, which is Python's own limit.</summary>
    private const int DeepestNesting = 200;

    private readonly string _text;
    private int _at;
    private int _depth;

    private PythonLiteral(string text) => _text = text;

    /// <summary>Reads a literal; false if the text is none, or one that there is no value for.</summary>
    internal static bool TryParse(string text, out object? value)
    {
        try
        {
            return TryRead(text, out value);
        }
        catch (PythonLimitException)
        {
            value = null;
            return false;
        }
    }

    /// <summary>Reads a literal; false where Python finds none.</summary>
    /// <exception cref="PythonLimitException">The text is a literal of Python that there is no value for here.</exception>
    internal static bool TryRead(string text, out object? value)
    {
        value = null;
        if (text.Contains('\0', StringComparison.Ordinal))
            return false;
        string source = text.TrimStart(' ', '\t').Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var literal = new PythonLiteral(Indented().IsMatch(source) ? source : source.TrimStart('\n'));
        try
        {
            value = literal.Whole();
            return true;
        }
        catch (NoLiteralException)
        {
            return false;
        }
    }

    private object? Whole()
    {
        object? value = Items(Value(), () => _at == _text.Length || Peek == '\n');
        while (Peek == '\n')
        {
            _at++;
            Skip();
        }

        return _at == _text.Length ? value : throw new NoLiteralException();
    }

    private char Peek => _at < _text.Length ? _text[_at] : '\0';

    private bool Take(char c)
    {
        if (Peek != c)
            return false;
        _at++;
        Skip();
        return true;
    }

    private void Expect(char c)
    {
        if (!Take(c))
            throw new NoLiteralException();
    }

    /// <summary>Skips spaces and comments, and ends of lines within brackets.</summary>
    private void Skip()
    {
        while (_at < _text.Length)
        {
            if (_text[_at] is ' ' or '\t' or '\f' || (_text[_at] == '\n' && _depth > 0))
                _at++;
            else if (_text[_at] == '\\' && _at + 1 < _text.Length && _text[_at + 1] == '\n')
                _at += 2;
            else if (_text[_at] == '#')
                _at = _text.IndexOf('\n', _at) is var end and >= 0 ? end : _text.Length;
            else
                return;
        }
    }

    /// <summary>One value, or a tuple if commas follow it.</summary>
    private object? Items(object? first, Func<bool> ends)
    {
        if (Peek != ',')
            return first;
        var items = new List<object?> { first };
        while (Take(',') && !ends())
            items.Add(Value());
        return PythonSequence.Tuple(items);
    }

    private object? Value()
    {
        Skip();
        object? value = Peek is '+' or '-' ? Signed() : Atom();
        Skip();
        if (Peek is '+' or '-' && (value is double || PythonInteger.Is(value)) && ComplexPart().IsMatch(_text, _at))
            throw new PythonLimitException("complex numbers are not supported");
        return value;
    }

    private object Signed()
    {
        bool negative = _text[_at++] == '-';
        Skip();
        return Number() switch
        {
            double number => negative ? -number : number,
            var whole => PythonInteger.Of(negative ? -PythonInteger.From(whole)!.Value : PythonInteger.From(whole)!.Value),
        };
    }

    private object? Atom()
    {
        switch (Peek)
        {
            case '(':
                return Bracketed(')', () =>
                    Peek == ')' ? PythonSequence.Tuple([]) : Items(Value(), () => Peek == ')'));
            case '[':
                return Bracketed(']', () =>
                {
                    var items = new List<object?>();
                    while (Peek != ']')
                    {
                        items.Add(Value());
                        if (!Take(','))
                            break;
                    }

                    return items;
                });
            case '{':
                return Bracketed('}', Map);
            case >= '0' and <= '9':
                return Number();
            case '.':
                return string.CompareOrdinal(_text, _at, "...", 0, 3) == 0
                    ? throw new PythonLimitException("'...' is not supported as a value")
                    : Number();
        }

        if (StringStart().IsMatch(_text, _at))
            return PythonStringLiteral.Read(_text, ref _at, Skip) ?? throw new NoLiteralException();
        Match name = Word().Match(_text, _at);
        _at += name.Length;
        return name.Value switch
        {
            "True" => true,
            "False" => false,
            "None" => null,
            "set" when EmptyCall().IsMatch(_text, _at) => throw NoSets(),
            _ => throw new NoLiteralException(),
        };
    }

    private static PythonLimitException NoSets() => new("sets are not supported, because their items have no order");

    private T Bracketed<T>(char close, Func<T> inner)
    {
        if (++_depth >= DeepestNesting)
            throw new NoLiteralException();
        _at++;
        Skip();
        T value = inner();
        if (Peek != close)
            throw new NoLiteralException();
        _at++;
        _depth--;
        Skip();
        return value;
    }

    private object Map()
    {
        var members = new List<KeyValuePair<object?, object?>>();
        while (Peek != '}')
        {
            object? key = Value();
            if (members.Count == 0 && Peek is ',' or '}')
                throw NoSets();
            Expect(':');
            if (!PythonDict.CanBeKey(key))
                throw new PythonLimitException($"{Python.TypeName(key)} cannot be the key of a map");
            members.Add(KeyValuePair.Create(key, Value()));
            if (!Take(','))
                break;
        }

        return PythonDict.Of(members);
    }

    private object Number()
    {
        Match match = NumberPattern().Match(_text, _at);
        if (!match.Success)
            throw new NoLiteralException();
        _at += match.Length;
        string digits = match.Value.Replace("_", "", StringComparison.Ordinal);
        if (match.Groups["imaginary"].Success)
            throw new PythonLimitException("complex numbers are not supported");
        if (match.Groups["real"].Success)
            return double.Parse(digits, CultureInfo.InvariantCulture);
        return digits.Length <= PythonInteger.MostDigits && PythonInteger.Parse(match.Value, 0) is { } whole
            ? whole
            : throw new NoLiteralException();
    }

    /// <summary>The text is no literal. It is caught where reading begins, and never leaves this class.</summary>
    private sealed class NoLiteralException : Exception;

    // A line that begins with spaces after empty lines is wrongly indented.
    [GeneratedRegex(@"\A\n+[ \t\f]")]
    private static partial Regex Indented();

    [GeneratedRegex(@"\G[+-]\s*(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?[jJ]")]
    private static partial Regex ComplexPart();

    [GeneratedRegex("""\G[a-zA-Z]{0,2}["']""")]
    private static partial Regex StringStart();

    [GeneratedRegex(@"\G\w*")]
    private static partial Regex Word();

    [GeneratedRegex(@"\G\s*\(\s*\)")]
    private static partial Regex EmptyCall();

    // A number is not followed by a letter, a digit or an underscore.
    [GeneratedRegex(
        @"\G(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+"
            + @"|(?<real>(?:[0-9](?:_?[0-9])*\.(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?"
            + @"(?<imaginary>[jJ])?"
            + @"|[0-9](?:_?[0-9])*[eE][+-]?[0-9](?:_?[0-9])*(?<imaginary>[jJ])?)"
            + @"|[0-9](?:_?[0-9])*(?<imaginary>[jJ])?)(?![\w.])")]
    private static partial Regex NumberPattern();
}
