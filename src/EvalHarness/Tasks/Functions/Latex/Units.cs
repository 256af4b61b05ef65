using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>Removes the unit at the end of an answer.</summary>
/// <remarks>
/// Source: the behaviour of Math-Verify's normalisation of LaTeX, whose units are words that ended answers of word problems. Some are
/// single letters, so that "3m" is 3.
/// </remarks>
internal static partial class Units
{
    private static readonly string[] Words =
    [
        "acre", "ab", "am", "a . m", "apple", "are", "bc", "by", "c", "cc", "cent", "children ticket", "cm", "cm 2", "coin", "cu . m",
        "cu cm", "cube", "cubic", "d", "day", "decrease", "deg", "degree", "digit", "dm", "east", "edge", "excess", "feet", "ft", "g",
        "gain", "gal", "gallon", "gm", "h", "hectare", "hour", "hr", "inch", "inches", "increase", "integerpoint", "kg", "km", "kmh",
        "kmph", "l", "lb", "less", "liter", "litre", "loss", "lt", " m east", "m", "m square", "man", "mark", "meal", "men", "meter",
        "metre", "mile", "min", "minute", "minw", "mm", "monkey", "month", "more", "mp", "mph", "mt", "mtr", "multiple", "no change",
        "noon", "number", "o", "ohm", "p . m", "per", "pi sq m", "pie", "pm", "pound", "prime", "profit", "profit of rs", "pure", "q .",
        "ratio", "rd", "rise", "rounds", "rs", "rs .", "rupee", "s", "s .", "sec", "second", "soldier", "sq", "sq . m", "sq inch", "sq m",
        "square", "st", "student", "sue", "Surface", "t", "th", "tile", "toy", "unit", "way", "west", "woman", "women", "yard", "year",
        "yr", "° f", "π r 2", "a .", "b .", "c .", "d .", "e .", "f .", "g .", "h .",
    ];

    /// <summary>A unit in the plural or not, after a digit, a brace or a space. A point in a unit stands for any character.</summary>
    private static readonly Regex AtEnd = new(
        $@"(\d|\}}|\s)\s*(?:{string.Join('|', Words)})(?:s|es)?\s*$", RegexOptions.CultureInvariant);

    internal static string Remove(string text)
    {
        string without = TextAtEnd().Replace(text, "").Strip();
        if (without.Length > 0)
            text = without;
        // Twice, because "5 square feet" has two.
        for (int i = 0; i < 2; i++)
        {
            without = AtEnd.Replace(text, "$1");
            if (without.Length > 0)
                text = without;
        }

        return text;
    }

    [GeneratedRegex(@"\\(?:text|mbox)\{.*?\}(?:\^[0-9]|\{\^[0-9]\})?$")]
    private static partial Regex TextAtEnd();
}
