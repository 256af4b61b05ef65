using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>Reads names, numbers, strings and operators.</summary>
internal sealed partial class Lexer
{
    private static readonly string[] Operators =
    [
        "//", "**", "==", "!=", "<=", ">=",
        "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ",", ".", ":", "|",
    ];

    private Token ReadToken()
    {
        Position at = At(_position);
        char c = _source[_position];
        if (char.IsLetter(c) || c == '_')
        {
            int start = _position;
            while (_position < _source.Length && (char.IsLetterOrDigit(_source[_position]) || _source[_position] == '_'))
                _position++;
            return new Token(TokenKind.Name, _source[start.._position], null, at);
        }

        if (char.IsAsciiDigit(c))
            return ReadNumber(at);
        if (c is '"' or '\'')
            return ReadString(at, c);
        foreach (string op in Operators)
        {
            if (!Matches(op))
                continue;
            _position += op.Length;
            return new Token(TokenKind.Operator, op, null, at);
        }

        throw at.Error($"the character '{c}' is not allowed here");
    }

    private Token ReadNumber(Position at)
    {
        int start = _position;
        if (Prefixed().Match(_source, start) is { Success: true } prefixed)
        {
            _position += prefixed.Length;
            return new Token(TokenKind.Number, prefixed.Value, PythonInteger.Parse(prefixed.Value, 0), at);
        }

        // After a dot, a number is an index: in x.0.1 it is 0, and not 0.1.
        bool isIndex = start > 0 && _source[start - 1] == '.';
        Match match = isIndex ? Whole().Match(_source, start) : Number().Match(_source, start);
        _position += match.Length;
        string text = match.Value.Replace("_", "", StringComparison.Ordinal);
        object value = text.AsSpan().IndexOfAny(".eE") >= 0
            ? double.Parse(text, CultureInfo.InvariantCulture)
            : text.Length <= PythonInteger.MostDigits
                ? PythonInteger.Of(BigInteger.Parse(text, CultureInfo.InvariantCulture))
                : throw at.Error($"a number of {text.Length} digits; Python reads {PythonInteger.MostDigits} or fewer");
        return new Token(TokenKind.Number, text, value, at);
    }

    private Token ReadString(Position at, char quote)
    {
        var text = new StringBuilder();
        for (_position++; _position < _source.Length; _position++)
        {
            char c = _source[_position];
            if (c == quote)
            {
                _position++;
                return new Token(TokenKind.String, text.ToString(), text.ToString(), at);
            }

            if (c == '\\' && _position + 1 < _source.Length)
                ReadEscape(text, at);
            else
                text.Append(c);
        }

        throw at.Error($"a string is opened with {quote} and never closed");
    }

    /// <summary>Reads one of the escapes of Python's strings. Those that Python does not know stay as they are.</summary>
    private void ReadEscape(StringBuilder text, Position at)
    {
        char c = _source[++_position];
        const string Letters = "abfnrtv";
        if (Letters.IndexOf(c, StringComparison.Ordinal) is var letter and >= 0)
            text.Append("\a\b\f\n\r\t\v"[letter]);
        else if (c is '\\' or '\'' or '"')
            text.Append(c);
        else if (c is 'x' or 'u' or 'U')
            ReadHexadecimal(text, c switch { 'x' => 2, 'u' => 4, _ => 8 }, at);
        else if (c is >= '0' and <= '7')
            ReadOctal(text);
        else if (c == 'N')
            throw at.Error(@"characters by their Unicode names (\N{...}) are not supported; write the character itself");
        else if (c != '\n')
            text.Append('\\').Append(c);
    }

    private void ReadHexadecimal(StringBuilder text, int digits, Position at)
    {
        if (_position + digits >= _source.Length
            || !int.TryParse(
                _source.AsSpan(_position + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code)
            || code is < 0 or > 0x10ffff)
        {
            throw at.Error($@"\{_source[_position]} in a string is followed by something else than the {digits} digits of a character");
        }

        _position += digits;
        _ = code < 0x10000 ? text.Append((char)code) : text.Append(char.ConvertFromUtf32(code));
    }

    private void ReadOctal(StringBuilder text)
    {
        int code = 0, digits = 0;
        for (; digits < 3 && _position + digits < _source.Length && _source[_position + digits] is >= '0' and <= '7'; digits++)
            code = (code * 8) + _source[_position + digits] - '0';
        _position += digits - 1;
        text.Append((char)code);
    }

    [GeneratedRegex(@"\G0(?:[xX](?:_?[0-9a-fA-F])+|[oO](?:_?[0-7])+|[bB](?:_?[01])+)")]
    private static partial Regex Prefixed();

    [GeneratedRegex(@"\G[0-9](?:_?[0-9])*")]
    private static partial Regex Whole();

    // Only zeros may begin with a zero, unless a fraction or an exponent follows.
    [GeneratedRegex(
        @"\G(?:[0-9](?:_?[0-9])*(?:\.[0-9](?:_?[0-9])*(?:[eE][+-]?[0-9](?:_?[0-9])*)?|[eE][+-]?[0-9](?:_?[0-9])*)"
            + @"|[1-9](?:_?[0-9])*|0(?:_?0)*)")]
    private static partial Regex Number();
}
