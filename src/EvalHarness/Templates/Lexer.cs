using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace EvalHarness.Templates;

internal enum TokenKind { Text, OutputStart, OutputEnd, BlockStart, BlockEnd, Name, Number, String, Operator, End }

internal readonly record struct Token(TokenKind Kind, string Text, object? Value, Position At);

/// <summary>
/// Splits a template into tokens as Jinja does with its default delimiters <c>{{ }}</c>, <c>{% %}</c> and <c>{# #}</c>. A minus sign next
/// to a delimiter removes the whitespace on the outer side of the delimiter. Newlines after blocks are kept (trim_blocks is off), and so
/// is the newline at the end of the template (keep_trailing_newline is on).
/// </summary>
internal sealed partial class Lexer(string source)
{
    private static readonly string[] Operators =
    [
        "//", "**", "==", "!=", "<=", ">=",
        "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ",", ".", ":", "|",
    ];

    private readonly List<Token> _tokens = [];
    private int _position;
    private bool _trimNext;

    internal List<Token> Run()
    {
        while (_position < source.Length)
        {
            int open = FindOpen(_position);
            if (open < 0)
            {
                AddText(source[_position..], _position);
                _position = source.Length;
                break;
            }

            bool trimBefore = open + 2 < source.Length && source[open + 2] == '-';
            string text = source[_position..open];
            AddText(trimBefore ? text.TrimEnd() : text, _position);
            ReadDelimited(open, trimBefore);
        }

        _tokens.Add(new Token(TokenKind.End, "", null, At(source.Length)));
        return _tokens;
    }

    private int FindOpen(int from)
    {
        for (int i = source.IndexOf('{', from); i >= 0 && i + 1 < source.Length; i = source.IndexOf('{', i + 1))
        {
            if (source[i + 1] is '{' or '%' or '#')
                return i;
        }

        return -1;
    }

    private void AddText(string text, int start)
    {
        if (_trimNext)
            text = text.TrimStart();
        _trimNext = false;
        if (text.Length > 0)
            _tokens.Add(new Token(TokenKind.Text, text, null, At(start)));
    }

    private void ReadDelimited(int open, bool trimBefore)
    {
        char kind = source[open + 1];
        _position = open + (trimBefore ? 3 : 2);
        // In Jinja, a plus sign switches lstrip_blocks and trim_blocks off for one block. Both are off anyway.
        if (_position < source.Length && source[_position] == '+' && kind != '{')
            _position++;
        if (kind == '#')
        {
            int close = source.IndexOf("#}", _position, StringComparison.Ordinal);
            if (close < 0)
                throw At(open).Error("a comment is opened with {# and never closed; expected #}");
            _trimNext = source[close - 1] == '-';
            _position = close + 2;
            return;
        }

        (TokenKind start, TokenKind end, string closer) = kind == '{'
            ? (TokenKind.OutputStart, TokenKind.OutputEnd, "}}")
            : (TokenKind.BlockStart, TokenKind.BlockEnd, "%}");
        _tokens.Add(new Token(start, source.Substring(open, 2), null, At(open)));
        int depth = 0;
        while (true)
        {
            while (_position < source.Length && char.IsWhiteSpace(source[_position]))
                _position++;
            if (_position >= source.Length)
                throw At(open).Error($"{source.AsSpan(open, 2)} is never closed; expected {closer}");
            if (depth == 0 && (Matches(closer) || Matches("-" + closer)))
            {
                _trimNext = source[_position] == '-';
                _tokens.Add(new Token(end, closer, null, At(_position)));
                _position += _trimNext ? 3 : 2;
                return;
            }

            Token token = ReadToken();
            depth += token.Text is "(" or "[" or "{" && token.Kind == TokenKind.Operator ? 1 : 0;
            depth -= token.Text is ")" or "]" or "}" && token.Kind == TokenKind.Operator ? 1 : 0;
            _tokens.Add(token);
        }
    }

    private bool Matches(string text) => string.CompareOrdinal(source, _position, text, 0, text.Length) == 0;

    private Token ReadToken()
    {
        Position at = At(_position);
        char c = source[_position];
        if (char.IsLetter(c) || c == '_')
        {
            int start = _position;
            while (_position < source.Length && (char.IsLetterOrDigit(source[_position]) || source[_position] == '_'))
                _position++;
            return new Token(TokenKind.Name, source[start.._position], null, at);
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
        while (_position < source.Length && (char.IsAsciiDigit(source[_position]) || source[_position] == '_'))
            _position++;
        bool fraction = _position + 1 < source.Length && source[_position] == '.' && char.IsAsciiDigit(source[_position + 1]);
        if (fraction)
        {
            _position++;
            while (_position < source.Length && char.IsAsciiDigit(source[_position]))
                _position++;
        }

        if (Exponent().Match(source, _position) is { Success: true } exponent && exponent.Index == _position)
        {
            fraction = true;
            _position += exponent.Length;
        }

        string text = source[start.._position].Replace("_", "", StringComparison.Ordinal);
        object value = fraction
            ? double.Parse(text, CultureInfo.InvariantCulture)
            : long.TryParse(text, CultureInfo.InvariantCulture, out long whole)
                ? (object)whole
                : throw at.Error($"{text} does not fit into a 64-bit integer");
        return new Token(TokenKind.Number, text, value, at);
    }

    [GeneratedRegex(@"\G[eE][+-]?[0-9]+")]
    private static partial Regex Exponent();

    private Token ReadString(Position at, char quote)
    {
        var text = new StringBuilder();
        for (_position++; _position < source.Length; _position++)
        {
            char c = source[_position];
            if (c == quote)
            {
                _position++;
                return new Token(TokenKind.String, text.ToString(), text.ToString(), at);
            }

            if (c != '\\' || _position + 1 >= source.Length)
            {
                text.Append(c);
                continue;
            }

            c = source[++_position];
            switch (c)
            {
                case 'n': text.Append('\n'); break;
                case 't': text.Append('\t'); break;
                case 'r': text.Append('\r'); break;
                case '0': text.Append('\0'); break;
                case '\\' or '\'' or '"': text.Append(c); break;
                case 'u' when _position + 4 < source.Length:
                    text.Append((char)int.Parse(source.AsSpan(_position + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                    _position += 4;
                    break;
                case 'x' when _position + 2 < source.Length:
                    text.Append((char)int.Parse(source.AsSpan(_position + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                    _position += 2;
                    break;
                default: text.Append('\\').Append(c); break;
            }
        }

        throw at.Error($"a string is opened with {quote} and never closed");
    }

    private Position At(int offset)
    {
        int line = 1, start = 0;
        for (int i = 0; i < offset && i < source.Length; i++)
        {
            if (source[i] == '\n')
            {
                line++;
                start = i + 1;
            }
        }

        return new Position(line, offset - start + 1);
    }
}
