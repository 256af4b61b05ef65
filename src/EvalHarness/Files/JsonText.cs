using System.Globalization;
using System.Text;

namespace EvalHarness.Files;

/// <summary>JSON as people and line tools read it.</summary>
internal static class JsonText
{
    /// <summary>
    /// Writes the characters outside ASCII as they are where .NET escapes them (an emoji as two escapes, a no-break space). Characters that
    /// steer a terminal or end a line for some readers stay escaped.
    /// </summary>
    /// <param name="json">Valid JSON, in which half of a surrogate pair does not occur.</param>
    internal static string Literal(string json)
    {
        if (!json.Contains("\\u", StringComparison.Ordinal))
            return json;
        var text = new StringBuilder(json.Length);
        for (int i = 0; i < json.Length; i++)
        {
            if (json[i] != '\\' || i + 1 >= json.Length)
            {
                text.Append(json[i]);
            }
            else if (json[i + 1] == 'u' && Escaped(json.AsSpan(i + 2, 4)) is var c && IsLiteral(c))
            {
                text.Append(c);
                i += 5;
            }
            else
            {
                text.Append(json[i]).Append(json[++i]);
            }
        }

        return text.ToString();
    }

    private static char Escaped(ReadOnlySpan<char> digits) => (char)int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static bool IsLiteral(char c) => c > '~' && char.GetUnicodeCategory(c)
        is not (UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
