using System.Text.RegularExpressions;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>Takes formulas out of their boxes.</summary>
/// <remarks>Source: the behaviour of Math-Verify's normalisation of LaTeX.</remarks>
internal static partial class BoxedAnswers
{
    /// <summary>Boxes so near to each other belong together, in characters between them.</summary>
    private const int Near = 10;

    /// <summary>Different boxes that are no farther apart belong together if a separator stands between them.</summary>
    private const int Far = 70;

    /// <param name="text">A text with boxes. Without any it is returned as it is.</param>
    /// <param name="last">Whether the last box alone counts, with those before it that belong to it.</param>
    /// <returns>The contents of the boxes, with commas between them.</returns>
    internal static string Join(string text, bool last)
    {
        var found = new List<string>();
        int end = text.Length, following = -1;
        while (Start(text, end) is { } box)
        {
            int brace = box.Content;
            while (brace < end && char.IsWhiteSpace(text[brace]))
                brace++;
            if (brace >= end)
                break;
            int close = text[brace] == '{' ? Close(text, brace, end) : -1;
            if (close < 0)
            {
                if (found.Count == 0)
                    found.Add(text[brace..]);
                break;
            }

            string content = text[(brace + 1)..close].Trim();
            if (last && following >= 0 && !Belongs(text[(close + 1)..following], content, found[^1]))
                break;
            if (found.Count == 0 || found[^1] != content)
                found.Add(content);
            following = end = box.Start;
        }

        return found.Count == 0 ? text : string.Join(',', found.AsEnumerable().Reverse());
    }

    private static (int Start, int Content)? Start(string text, int end)
    {
        int boxed = text[..end].LastIndexOf(@"\boxed", StringComparison.Ordinal);
        int framed = text[..end].LastIndexOf(@"\fbox", StringComparison.Ordinal);
        return (boxed, framed) switch
        {
            ( < 0, < 0) => null,
            _ when boxed > framed => (boxed, boxed + 6),
            _ => (framed, framed + 5),
        };
    }

    private static int Close(string text, int brace, int end)
    {
        int depth = 0;
        for (int i = brace; i < end; i++)
        {
            depth += text[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
                return i;
        }

        return -1;
    }

    private static bool Belongs(string between, string content, string following) =>
        between.Length < Near || (content != following && between.Length < Far && Separator().IsMatch(between));

    [GeneratedRegex(@"\b(?:and|or)\b|,|;")]
    private static partial Regex Separator();
}
