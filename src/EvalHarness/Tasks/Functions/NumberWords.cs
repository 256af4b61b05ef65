using System.Globalization;
using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>Finds English numbers in words as lm-evaluation-harness does, and parses them as the package word2number does.</summary>
/// <remarks>Source: the behaviour of word2number 1.1 and of the pattern in bbh/zeroshot/utils.py.</remarks>
internal static class NumberWords
{
    private const string Units = "zero|one|two|three|four|five|(?:twen|thir|for|fif|six|seven|nine)(?:teen|ty)";
    private const string Rest = "ten|eleven|twelve|fourteen|hundred|thousand|(?:m|b|tr)illion";

    private static readonly string InnerUnits = Units.Replace("(?:teen", "(?:|teen", StringComparison.Ordinal);

    /// <summary>A sequence of number words with spaces, commas and "and" between them.</summary>
    internal static Regex Pattern { get; } = new(
        $@"((?:(?:{Units}|eight(?:|een|y)|{Rest})"
        + $@"(?:{InnerUnits}|eight(?:een|y)|{Rest}|[^\S\r\n]|,|and|&)+)?"
        + $@"(?:{Units}|eight(?:een|y)|{Rest}))",
        RegexOptions.CultureInvariant,
        TimeSpan.FromSeconds(10));

    private static readonly string[] UpToTwenty =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
        "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
    ];

    private static readonly string[] Tens = ["thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred"];

    private static readonly string[] Scales = ["billion", "million", "thousand"];

    private static readonly Dictionary<string, long> Values = UpToTwenty
        .Select((word, i) => (word, Value: (long)i))
        .Concat(Tens.Select((word, i) => (word, Value: 30L + (10 * i))))
        .Concat([("thousand", 1_000), ("million", 1_000_000), ("billion", 1_000_000_000)])
        .ToDictionary(v => v.Item1, v => v.Item2);

    /// <summary>Parses a number in words and returns it in digits.</summary>
    /// <exception cref="FunctionException">
    /// word2number raises an exception for this text: it has no number, a scale occurs twice, or a smaller scale precedes a larger one.
    /// </exception>
    internal static string Parse(string text)
    {
        List<string> words = [.. text.Replace('-', ' ')
            .Lower()
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Where(Values.ContainsKey)];
        int[] at = [.. Scales.Select(scale => words.IndexOf(scale))];
        if (words.Count == 0 || Scales.Any(scale => words.Count(word => word == scale) > 1))
            throw new FunctionException($"'{text}' is not a number in words");
        if ((at[2] > -1 && (at[2] < at[1] || at[2] < at[0])) || (at[1] > -1 && at[1] < at[0]))
            throw new FunctionException($"'{text}' is not a number in words: its scales are out of order");
        if (words.Count == 1)
            return Values[words[0]].ToString(CultureInfo.InvariantCulture);
        long sum = 0;
        int start = 0;
        for (int i = 0; i < Scales.Length; i++)
        {
            if (at[i] < 0)
                continue;
            sum += Below(words[start..at[i]], text) * Values[Scales[i]];
            start = at[i] + 1;
        }

        // The words after the last scale that does not end the number are added. As in word2number, the thousands of "one million two
        // thousand" are therefore counted twice.
        int last = at.Where(i => i > -1 && i != words.Count - 1).DefaultIfEmpty(-1).Max();
        if (last > -1 || at.All(i => i < 0))
            sum += Below(words[(last + 1)..], text);
        return sum.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Returns the value of up to four words without a scale. As in word2number, only the first of more than four words counts.
    /// </summary>
    private static long Below(List<string> words, string text)
    {
        long[] n = [.. words.Select(word => Values[word])];
        return n.Length switch
        {
            0 => throw new FunctionException($"'{text}' is not a number in words: a scale has no number before it"),
            4 => (n[0] * n[1]) + n[2] + n[3],
            3 => (n[0] * n[1]) + n[2],
            2 => n.Contains(100) ? n[0] * n[1] : n[0] + n[1],
            _ => n[0],
        };
    }
}
