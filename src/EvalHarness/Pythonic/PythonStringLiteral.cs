using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace EvalHarness.Pythonic;

/// <summary>
/// Reads a string of Python's source text: with one or three quotes of either kind, raw or not, and several strings one after the other,
/// which are one.
/// </summary>
internal static partial class PythonStringLiteral
{
    /// <param name="source">The source text, whose lines end with \n.</param>
    /// <param name="at">The place of the string, which is moved behind it.</param>
    /// <param name="skip">Skips what may stand between two strings.</param>
    /// <returns>The string; null if there is none that is right.</returns>
    /// <exception cref="PythonLimitException">The string consists of bytes, or has a character by its Unicode name.</exception>
    internal static string? Read(string source, ref int at, Action skip)
    {
        var text = new StringBuilder();
        bool any = false;
        while (Start().Match(source, at) is { Success: true } start)
        {
            string prefix = start.Groups["prefix"].Value.ToLowerInvariant();
            if (prefix.Contains('b', StringComparison.Ordinal) && prefix is "b" or "br" or "rb")
                throw new PythonLimitException("bytes such as b'...' are not supported");
            if (prefix is not ("" or "r" or "u"))
                return null;
            at += start.Length;
            if (!One(source, ref at, start.Groups["quote"].Value, isRaw: prefix == "r", text))
                return null;
            any = true;
            skip();
        }

        return any ? text.ToString() : null;
    }

    private static bool One(string source, ref int at, string quote, bool isRaw, StringBuilder text)
    {
        for (; at < source.Length; at++)
        {
            char c = source[at];
            if (string.CompareOrdinal(source, at, quote, 0, quote.Length) == 0)
            {
                at += quote.Length;
                return true;
            }

            if (c == '\n' && quote.Length == 1)
                return false;
            if (c != '\\' || at + 1 == source.Length)
                text.Append(c);
            else if (isRaw)
                text.Append(c).Append(source[++at]);
            else if (!Escape(source, ref at, text))
                return false;
        }

        return false;
    }

    /// <summary>Reads an escape and moves to its last character. One that Python does not know stays as it is.</summary>
    private static bool Escape(string source, ref int at, StringBuilder text)
    {
        char c = source[++at];
        int letter = "abfnrtv".IndexOf(c, StringComparison.Ordinal);
        if (letter >= 0)
        {
            text.Append("\a\b\f\n\r\t\v"[letter]);
        }
        else if (c is '\\' or '\'' or '"')
        {
            text.Append(c);
        }
        else if (c is 'x' or 'u' or 'U')
        {
            int digits = c switch { 'x' => 2, 'u' => 4, _ => 8 };
            if (at + digits >= source.Length
                || !uint.TryParse(
                    source.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code)
                || code > 0x10ffff)
            {
                return false;
            }

            at += digits;
            _ = code < 0x10000 ? text.Append((char)code) : text.Append(char.ConvertFromUtf32((int)code));
        }
        else if (Octal().Match(source, at) is { Success: true } octal)
        {
            at += octal.Length - 1;
            text.Append((char)octal.Value.Aggregate(0, (code, digit) => (code * 8) + digit - '0'));
        }
        else if (c == 'N')
        {
            throw new PythonLimitException(@"characters by their Unicode names (\N{...}) are not supported");
        }
        else if (c != '\n')
        {
            text.Append('\\').Append(c);
        }

        return true;
    }

    [GeneratedRegex("\\G(?<prefix>[a-zA-Z]{0,2})(?<quote>'''|\"\"\"|'|\")")]
    private static partial Regex Start();

    [GeneratedRegex(@"\G[0-7]{1,3}")]
    private static partial Regex Octal();
}
