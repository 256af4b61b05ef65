using System.Text.RegularExpressions;
using EvalHarness.Tasks.Functions.Latex;

namespace EvalHarness.Tasks.Functions;

/// <summary>An answer that a pattern has found in a text.</summary>
internal sealed partial class FoundAnswer(Match match, bool isPlain)
{
    internal int Start => match.Index;

    internal int End => match.Index + match.Length;

    /// <returns>The value, or null if the text has none, and the text after it is normalised.</returns>
    internal (MathValue? Value, string Text) Read() => isPlain ? ReadPlain() : ReadFormulas();

    private string Group(string name) => match.Groups[name].Value;

    private (MathValue? Value, string Text) ReadPlain()
    {
        string whole = Group("whole"), fraction = Group("decimal"), calculation = Group("calculation");
        if (whole.Length == 0 && fraction.Length == 0)
        {
            // Python reads a calculation, in which there is no product without a sign and no number that begins with 0.
            bool isPython = !NotPython().IsMatch(calculation);
            return (isPython ? Parse(calculation.Replace("**", "^", StringComparison.Ordinal)) : null, calculation);
        }

        string digits = whole.Replace(",", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).TrimStart('0');
        string number = (digits.Length == 0 ? "0" : digits) + fraction.Replace(',', '.');
        return (Percent(Parse(number), match.Groups["percent"].Success), number);
    }

    private (MathValue? Value, string Text) ReadFormulas()
    {
        string[] texts;
        MathValue?[] values;
        if (match.Groups["box"].Success)
        {
            texts = [AnswerText.Normalise(Group("box"), lastBox: true)];
            values = [Parse(texts[0])];
        }
        else
        {
            int[] found = [.. Enumerable.Range(0, AnswerPattern.MostFormulas).Where(i => Group($"f{i}").Length > 0)];
            texts = [.. found.Select(i => AnswerText.Normalise(Group($"f{i}"), lastBox: false))];
            values = [.. found.Select((i, place) => Percent(Parse(texts[place]), match.Groups[$"f{i}p"].Success))];
        }

        return values.Length > 1 && values.All(value => value is not null)
            ? (new MathSet([.. values.SelectMany(value => value is MathSet set ? set.Items : [value!])]), string.Join(" and ", texts))
            : (values[0], texts[0]);
    }

    private static MathValue? Percent(MathValue? value, bool isPercent) => (value, isPercent) switch
    {
        (MathFormula { Node: LatexNumber number }, true) => new MathFormula(new LatexPercent(number) { IsOutside = true }),
        (MathFormula formula, true) => new MathFormula(
            new LatexBinary('*', formula.Node, new LatexNumber(new Fraction(1, 100)))),
        // A set has no percentage.
        (_, true) => null,
        _ => value,
    };

    /// <summary>Parses a formula, or its last side if it is a chain of equations that is wrong somewhere.</summary>
    private static MathValue? Parse(string text)
    {
        try
        {
            return AnswerParser.Parse(text);
        }
        catch (LatexException e) when (e.IsFormula)
        {
            return new MathText(text.Replace(" ", "", StringComparison.Ordinal));
        }
        catch (LatexException)
        {
            string[] sides = Equals().Split(text);
            return sides.Length > 2 && !text.Contains(',', StringComparison.Ordinal) && !text.Contains(';', StringComparison.Ordinal)
                ? Parse(sides[^1])
                : null;
        }
    }

    [GeneratedRegex(@"(?<![\\<!>])=")]
    private static partial Regex Equals();

    [GeneratedRegex(@"[\d.)]\s*\(|\)\s*[\d.]|\d\s+[\d.]|(?<![\d.])0\d|[×÷]")]
    private static partial Regex NotPython();
}
