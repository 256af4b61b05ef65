using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

internal enum TokenKind { Text, OutputStart, OutputEnd, BlockStart, BlockEnd, Name, Number, String, Operator, End }

internal readonly record struct Token(TokenKind Kind, string Text, object? Value, Position At);

/// <summary>
/// Splits a template into tokens as Jinja does with its default delimiters <c>{{ }}</c>, <c>{% %}</c> and <c>{# #}</c>. A minus sign next
/// to a delimiter removes the whitespace on the outer side of the delimiter. A plus sign keeps what the options would remove.
/// </summary>
/// <remarks>Source: the template designer documentation of Jinja 3.1, "Whitespace Control".</remarks>
internal sealed partial class Lexer
{
    private readonly string _source;
    private readonly TemplateOptions _options;
    private readonly List<Token> _tokens = [];
    private int _position;
    private bool _lineStarts = true;
    private int _lastOffset;
    private int _lastLine = 1;
    private int _lastLineStart;

    /// <param name="source">The text of the template.</param>
    /// <param name="options">Which whitespace is removed.</param>
    internal Lexer(string source, TemplateOptions options)
    {
        _options = options;
        _source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (!options.KeepTrailingNewline && _source.EndsWith('\n'))
            _source = _source[..^1];
    }

    internal List<Token> Run()
    {
        while (_position < _source.Length)
        {
            int open = FindOpen(_position);
            if (open < 0)
            {
                AddText(_source[_position..], _position);
                _position = _source.Length;
                break;
            }

            Match raw = RawBegin().Match(_source, open);
            if (raw.Success)
            {
                AddTextBefore(open, raw.Groups["sign"].Value, isOutput: false);
                _position = open + raw.Length;
                ReadRaw(open);
            }
            else
            {
                string sign = open + 2 < _source.Length && _source[open + 2] is '-' or '+' ? _source.Substring(open + 2, 1) : "";
                AddTextBefore(open, sign, isOutput: _source[open + 1] == '{');
                ReadDelimited(open, sign);
            }

            _lineStarts = _source[_position - 1] == '\n';
        }

        _tokens.Add(new Token(TokenKind.End, "", null, At(_source.Length)));
        return _tokens;
    }

    private int FindOpen(int from)
    {
        for (int i = _source.IndexOf('{', from); i >= 0 && i + 1 < _source.Length; i = _source.IndexOf('{', i + 1))
        {
            if (_source[i + 1] is '{' or '%' or '#')
                return i;
        }

        return -1;
    }

    private void AddText(string text, int start)
    {
        if (text.Length > 0)
            _tokens.Add(new Token(TokenKind.Text, text, null, At(start)));
    }

    /// <summary>Adds the text from the current position up to a tag, less the whitespace that the tag removes.</summary>
    private void AddTextBefore(int open, string sign, bool isOutput)
    {
        string text = _source[_position..open];
        if (sign == "-")
        {
            text = Python.Strip(text, null, left: false, right: true);
        }
        else if (sign.Length == 0 && _options.LstripBlocks && !isOutput)
        {
            int line = text.LastIndexOf('\n') + 1;
            if ((line > 0 || _lineStarts) && Python.Strip(text[line..]).Length == 0)
                text = text[..line];
        }

        AddText(text, _position);
    }

    /// <summary>Reads the text of a raw block, whose tags have been found at <paramref name="open"/>, and its end.</summary>
    private void ReadRaw(int open)
    {
        Match end = RawEnd().Match(_source, _position);
        if (!end.Success)
            throw At(open).Error("a raw block is never closed; expected {% endraw %}");
        _lineStarts = _source[_position - 1] == '\n';
        AddTextBefore(end.Index, end.Groups["sign"].Value, isOutput: false);
        _position = end.Groups["closer"].Index;
        SkipEnd(end.Groups["closer"].Value[..^2], trims: true);
    }

    private void ReadDelimited(int open, string sign)
    {
        char kind = _source[open + 1];
        _position = open + 2 + sign.Length;
        if (kind == '#')
        {
            int close = _source.IndexOf("#}", _position, StringComparison.Ordinal);
            if (close < 0)
                throw At(open).Error("a comment is opened with {# and never closed; expected #}");
            string before = close > _position && _source[close - 1] is '-' or '+' ? _source.Substring(close - 1, 1) : "";
            _position = close - before.Length;
            SkipEnd(before, trims: true);
            return;
        }

        (TokenKind start, TokenKind end, string closer) = kind == '{'
            ? (TokenKind.OutputStart, TokenKind.OutputEnd, "}}")
            : (TokenKind.BlockStart, TokenKind.BlockEnd, "%}");
        _tokens.Add(new Token(start, _source.Substring(open, 2), null, At(open)));
        var brackets = new Stack<char>();
        while (true)
        {
            while (_position < _source.Length && Python.IsSpace(_source[_position]))
                _position++;
            if (_position >= _source.Length)
                throw At(open).Error($"{_source.AsSpan(open, 2)} is never closed; expected {closer}");
            if (brackets.Count == 0)
            {
                string before = Matches("-" + closer) ? "-" : Matches("+" + closer) && kind == '%' ? "+" : "";
                if (before.Length > 0 || Matches(closer))
                {
                    _tokens.Add(new Token(end, closer, null, At(_position)));
                    SkipEnd(before, trims: kind == '%');
                    return;
                }
            }

            Token token = ReadToken();
            if (token.Kind == TokenKind.Operator)
                Balance(brackets, token);
            _tokens.Add(token);
        }
    }

    private static void Balance(Stack<char> brackets, Token token)
    {
        if (token.Text is "(" or "[" or "{")
            brackets.Push(token.Text[0] switch { '(' => ')', '[' => ']', _ => '}' });
        else if (token.Text is ")" or "]" or "}" && (!brackets.TryPop(out char expected) || expected != token.Text[0]))
            throw token.At.Error($"found '{token.Text}' without the bracket that it closes");
    }

    /// <summary>Moves past the end of a tag, which the sign precedes, and past the whitespace that it removes.</summary>
    private void SkipEnd(string sign, bool trims)
    {
        _position += sign.Length + 2;
        if (sign == "-")
        {
            while (_position < _source.Length && Python.IsSpace(_source[_position]))
                _position++;
        }
        else if (sign.Length == 0 && trims && _options.TrimBlocks && _position < _source.Length && _source[_position] == '\n')
        {
            _position++;
        }
    }

    private bool Matches(string text) => string.CompareOrdinal(_source, _position, text, 0, text.Length) == 0;

    private Position At(int offset)
    {
        // Tokens come in order, so that the lines are counted from the last place that was asked for.
        if (offset < _lastOffset)
            (_lastOffset, _lastLine, _lastLineStart) = (0, 1, 0);
        for (; _lastOffset < offset && _lastOffset < _source.Length; _lastOffset++)
        {
            if (_source[_lastOffset] == '\n')
            {
                _lastLine++;
                _lastLineStart = _lastOffset + 1;
            }
        }

        return new Position(_lastLine, offset - _lastLineStart + 1);
    }

    [GeneratedRegex(@"\G\{%(?<sign>[-+]?)\s*raw\s*(?:-%\}\s*|%\})")]
    private static partial Regex RawBegin();

    [GeneratedRegex(@"\{%(?<sign>[-+]?)\s*endraw\s*(?<closer>[-+]?%\})")]
    private static partial Regex RawEnd();
}
