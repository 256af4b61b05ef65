using System.Globalization;
using System.Text;
using EvalHarness.Data;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Equivalent of hendrycks_math/utils.py, which compares the boxed answer as text after normalising common variants of LaTeX.
/// </summary>
internal static class HendrycksMath
{
    internal static Dictionary<string, TaskFunction> Functions { get; } = new()
    {
        ["hendrycks_math/utils.process_docs"] = DocumentColumns.EveryRow(document => document.With(("answer", Gold(document)))),
        ["hendrycks_math/utils.process_results"] = new ResultsFunction(results => new Dictionary<string, object?>
        {
            ["exact_match"] = AreEqual(Answer(results.Answers[0]), Gold(results.Document)) ? 1L : 0L,
        }),
    };

    private static string Gold(Document document) => Boxed.Content(Boxed.Last(document.Text("solution")));

    /// <summary>Returns the text between the first and the last dollar sign, or the whole response if it has fewer than two.</summary>
    private static string Answer(string response)
    {
        int first = response.IndexOf('$', StringComparison.Ordinal), last = response.LastIndexOf('$');
        return first == last ? response : response[(first + 1)..last];
    }

    private static readonly (string From, string To)[] Substitutions =
    [
        ("\n", ""), (@"\!", ""), (@"\\", @"\"), ("tfrac", "frac"), ("dfrac", "frac"), (@"\left", ""), (@"\right", ""),
        (@"^{\circ}", ""), (@"^\circ", ""), (@"\$", ""),
    ];

    internal static bool AreEqual(string a, string b)
    {
        try
        {
            return Normalise(a) == Normalise(b);
        }
        catch (FormatException)
        {
            return a == b;
        }
    }

    /// <exception cref="FormatException">The code of lm-evaluation-harness raises an exception for this text.</exception>
    private static string Normalise(string text)
    {
        foreach ((string from, string to) in Substitutions)
            text = text.Replace(from, to, StringComparison.Ordinal);
        text = WithoutUnits(text);
        foreach ((string from, string to) in ((string, string)[])[(@"\%", ""), (" .", " 0."), ("{.", "{0.")])
            text = text.Replace(from, to, StringComparison.Ordinal);
        if (text.Length == 0)
            return text;
        if (text[0] == '.')
            text = "0" + text;
        string[] sides = text.Split('=');
        if (sides.Length == 2 && sides[0].Length <= 2)
            text = sides[1];
        text = WithBracedFractions(WithBracedRoots(text).Replace(" ", "", StringComparison.Ordinal));
        return SlashAsFraction(text == "0.5" ? @"\frac{1}{2}" : text);
    }

    private static string WithoutUnits(string text)
    {
        string[] parts = text.Split(@"\text{ ");
        return parts.Length <= 2 ? parts[0] : throw new FormatException();
    }

    private static string WithBracedRoots(string text)
    {
        string[] parts = text.Split(@"\sqrt");
        var fixedText = new StringBuilder(parts[0]);
        foreach (string part in parts.Skip(1))
        {
            if (part.Length == 0)
                throw new FormatException();
            fixedText.Append(part[0] == '{' ? @"\sqrt" + part : $@"\sqrt{{{part[0]}}}{part[1..]}");
        }

        return fixedText.ToString();
    }

    private static string WithBracedFractions(string text)
    {
        string[] parts = text.Split(@"\frac");
        var fixedText = new StringBuilder(parts[0]);
        foreach (string part in parts.Skip(1))
        {
            if (part.Length == 0)
                throw new FormatException();
            if (part[0] == '{')
                fixedText.Append(@"\frac").Append(part);
            else if (part.Length < 2)
                return text;
            else
                fixedText.Append($@"\frac{{{part[0]}}}").Append(part[1] == '{' ? part[1..] : $"{{{part[1]}}}{part[2..]}");
        }

        return fixedText.ToString();
    }

    private static string SlashAsFraction(string text)
    {
        string[] sides = text.Split('/');
        if (sides.Length != 2)
            return text;
        long a = Whole(sides[0]), b = Whole(sides[1]);
        return text == $"{a}/{b}" ? $@"\frac{{{a}}}{{{b}}}" : text;
    }

    /// <summary>
    /// Parses a whole number as Python's <c>int()</c> does. The exception for any other text ends the comparison of normalised texts, as
    /// in lm-evaluation-harness.
    /// </summary>
    private static long Whole(string text)
    {
        string digits = text.Strip().Replace("_", "", StringComparison.Ordinal);
        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw new FormatException();
    }
}
