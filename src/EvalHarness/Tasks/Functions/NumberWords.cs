using System.Globalization;
using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>English numbers in words, as the reference finds them and as its word2number reads them.</summary>
/// <remarks>Source: the behaviour of word2number 1.1 and of the pattern in bbh/zeroshot/utils.py.</remarks>
internal static class NumberWords
{
    private const string Units = "zero|one|two|three|four|five|(?:twen|thir|for|fif|six|seven|nine)(?:teen|ty)";
    private const string Rest = "ten|eleven|twelve|fourteen|hundred|thousand|(?:m|b|tr)illion";

    /// <summary>A run of number words, with spaces, commas and "and" between them.</summary>
    internal static Regex Pattern { get; } = new(
        $@"((?:(?:{Units}|eight(?:|een|y)|{Rest})(?:{Units.Replace("(?:teen", "(?:|teen", StringComparison.Ordinal)}|eight(?:een|y)|{Rest}|[^\S\r\n]|,|and|&)+)?(?:{Units}|eight(?:een|y)|{Rest}))",
        RegexOptions.CultureInvariant,
        TimeSpan.FromSeconds(10));

    private static readonly string[] UpToTwenty =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen",
        "seventeen", "eighteen", "nineteen", "twenty",
    ];

    private static readonly string[] Tens = ["thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred"];

    private static readonly string[] Scales = ["billion", "million", "thousand"];

    private static readonly Dictionary<string, long> Values = UpToTwenty.Select((word, i) => (word, Value: (long)i)).Concat(Tens.Select((word, i) => (word, Value: 30L + (10 * i))))
        .Concat([("thousand", 1_000), ("million", 1_000_000), ("billion", 1_000_000_000)]).ToDictionary(v => v.Item1, v => v.Item2);

    /// <exception cref="FunctionException">What the reference's parser stops at: a scale twice, or scales that grow.</exception>
    internal static string Parse(string text)
    {
        List<string> words = [.. text.Replace('-', ' ').ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Where(Values.ContainsKey)];
        int[] at = [.. Scales.Select(scale => words.IndexOf(scale))];
        if (words.Count == 0 || Scales.Any(scale => words.Count(word => word == scale) > 1))
            throw new FunctionException($"'{text}' is no number in words");
        if ((at[2] > -1 && (at[2] < at[1] || at[2] < at[0])) || (at[1] > -1 && at[1] < at[0]))
            throw new FunctionException($"'{text}' is no number in words: its scales are out of order");
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

        // The last scale that does not end the number; "one million two thousand" counts its thousand twice, as the reference does.
        int last = at.Where(i => i > -1 && i != words.Count - 1).DefaultIfEmpty(-1).Max();
        if (last > -1 || at.All(i => i < 0))
            sum += Below(words[(last + 1)..], text);
        return sum.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A number without a scale, of up to four words; of other lengths the first word counts, as in the reference.</summary>
    private static long Below(List<string> words, string text)
    {
        long[] n = [.. words.Select(word => Values[word])];
        return n.Length switch
        {
            0 => throw new FunctionException($"'{text}' is no number in words: a scale has nothing before it"),
            4 => (n[0] * n[1]) + n[2] + n[3],
            3 => (n[0] * n[1]) + n[2],
            2 => n.Contains(100) ? n[0] * n[1] : n[0] + n[1],
            _ => n[0],
        };
    }
}
