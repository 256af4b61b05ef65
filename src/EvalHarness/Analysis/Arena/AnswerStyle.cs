using System.Text;
using System.Text.RegularExpressions;

namespace EvalHarness.Analysis.Arena;

/// <summary>How an answer looks, whatever it says.</summary>
/// <param name="Characters">Unicode characters, code and spaces among them.</param>
/// <param name="Headings">Headings of Markdown, with number signs.</param>
/// <param name="Bold">Bold parts of Markdown.</param>
/// <param name="ListItems">Items of Markdown's lists, numbered or not.</param>
internal readonly partial record struct AnswerStyle(int Characters, int Headings, int Bold, int ListItems)
{
    /// <summary>Counts line by line; Markdown inside fenced code is code.</summary>
    internal static AnswerStyle Of(string text)
    {
        int characters = 0, headings = 0, bold = 0, items = 0;
        foreach (Rune _ in text.EnumerateRunes())
            characters++;
        bool isCode = false;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (Fence().IsMatch(line))
                isCode = !isCode;
            else if (!isCode)
            {
                headings += Heading().IsMatch(line) ? 1 : 0;
                items += ListItem().IsMatch(line) ? 1 : 0;
                bold += BoldPart().Count(line);
            }
        }

        return new AnswerStyle(characters, headings, bold, items);
    }

    [GeneratedRegex(@"^[ \t]*(```|~~~)")]
    private static partial Regex Fence();

    [GeneratedRegex(@"^ {0,3}#{1,6}[ \t]+\S")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^[ \t]*([-*+]|\d{1,9}[.)])[ \t]+\S")]
    private static partial Regex ListItem();

    [GeneratedRegex(@"\*\*[^*]+\*\*|__[^_]+__")]
    private static partial Regex BoldPart();
}
