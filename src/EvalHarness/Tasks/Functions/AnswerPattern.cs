using System.Text.RegularExpressions;

namespace EvalHarness.Tasks.Functions;

/// <summary>A place where a text can have its answer.</summary>
/// <param name="Pattern">Matches the answer with the words that announce it.</param>
/// <param name="IsPlain">Whether the answer is a plain number or calculation. Otherwise it is a formula.</param>
/// <remarks>Source: the behaviour of Math-Verify's extraction of answers, for its order and limits.</remarks>
internal sealed record AnswerPattern(Regex Pattern, bool IsPlain)
{
    /// <summary>The longest list of formulas, joined by commas or words, that is one answer.</summary>
    internal const int MostFormulas = 6;

    private const string Percent = @"(?:\\?%|[Pp]ercentage|[Pp]ercent|[Pp]ct)";

    /// <summary>
    /// One formula in $$, \[, $, \( or [ with spaces around it, or a fraction alone. The text before and after a box is part of it.
    /// </summary>
    /// <param name="name">The name of the group that holds the formula. That of a percent sign after it has a p more.</param>
    /// <param name="boxed">Whether the formula must have a box.</param>
    private static string Formula(string name, bool boxed)
    {
        string Inside(string sign) => boxed ? $@"{sign}*?\\boxed\{{{sign}+?\}}{sign}*?" : $"{sign}+?";
        string[] ways =
        [
            $@"(?<!\\)\$\$(?<{name}>{Inside(@"(?:[^$]|\$(?!\$))")})(?<!\\)\$\$",
            $@"(?<!\\)\\\[(?<{name}>{Inside(@"(?:[^\\]|\\(?!\]))")})(?<!\\)\\\]",
            $@"(?<!\\|\d)\$(?<{name}>{Inside(@"(?:\\[$]|[^\n$])")})(?<!\\)\$",
            $@"(?<!\\)\\\((?<{name}>{Inside(@"(?:[^\\\n]|\\(?!\)))")})(?<!\\)\\\)",
            $@"\s\[(?<{name}>{Inside(@"[^\n\]\[]")})\]\s",
        ];
        string fraction = $@"|(?<{name}>-?\\frac\{{-?\d+(?:[.,]\d+)?\}}\{{-?\d+(?:[.,]\d+)?\}})";
        return $@"(?:(?:{string.Join('|', ways)}{(boxed ? "" : fraction)})\s*(?<{name}p>{Percent})?)";
    }

    /// <summary>Formulas with commas, "and" or "or" between them.</summary>
    private static string Formulas(bool boxed) => Formula("f0", boxed) + string.Concat(Enumerable.Range(1, MostFormulas - 1).Select(
        i => $@"(?:\s*(?:,?and|,?or|,)\s*{Formula($"f{i}", boxed)})?"));

    private const string Operators = @"+\-*×/^()÷";

    private const string Before = @"(?:^|\s|=)(?:\*\*)?";

    /// <summary>A calculation with plain numbers.</summary>
    private const string Calculation =
        $@"(?:{Before}(?<calculation>-?\(?-?\d[\d.\s{Operators}]*[{Operators}][\d.\s{Operators}]+\)?)(?:\*\*)?(?:[.,:\s)$]|$))";

    /// <summary>A number, which can have a currency before it and a percent sign after it.</summary>
    private const string Number = $@"(?:{Before}[$€£¥₹₽₪₩₫฿₡₢₣₤₥₦₧₨₭₮₯₰₱₲₳₴₵₶₷₸₺₻₼₾₿]?(?<!\d)"
        + @"(?:(?<whole>-?[1-9]\d{0,2}(?:[ ,]\d{3})+)(?<decimal>\.\d+)?|(?<whole>-?\d+)(?<decimal>[.,]\d+)"
        + @"|(?<decimal>\.\d+)|(?<whole>-?\d+))"
        + @"(?<percent>\s*(?:%|[Pp]ercent|\s*[Pp]ercentage|\s*[Pp]ct))?)";

    private const string Plain = $"(?:{Calculation}|{Number})";

    /// <summary>From the most to the least specific.</summary>
    internal static IReadOnlyList<AnswerPattern[]> Levels { get; } =
    [
        [Latex(@"(?i:final answer is):?\s*%FOUND%\.?\s?I hope"), Text($@"(?i:final answer is):?\s*{Plain}\.?\s?I hope")],
        [
            Latex(@"(?i:final answer.{0,100}?)\s+is:?\s*%FOUND%"),
            Compile(Formulas(boxed: true), RegexOptions.Singleline, isPlain: false),
            Compile(@"(?<box>\\boxed\{.+\})", RegexOptions.Singleline, isPlain: false),
            Text($@"(?i:final answer.{{0,100}}?)\s+is:?{Plain}"),
        ],
        [Latex("(?i:answer):.{0,50}?%FOUND%"), Text($@"(?i:answer):(?:.{{0,100}}=\s*|.{{0,50}}?){Plain}(?!\s*=)")],
        [Latex("(?i:answer).{0,50}?%FOUND%"), Text($@"(?i:answer)(?:.{{0,100}}=\s*|.{{0,50}}?){Plain}(?!\s*=)")],
        [Latex("%FOUND%"), Text(Calculation), Text(Number)],
    ];

    private static AnswerPattern Latex(string pattern) => Compile(
        pattern.Replace("%FOUND%", Formulas(boxed: false), StringComparison.Ordinal), RegexOptions.Singleline, isPlain: false);

    private static AnswerPattern Text(string pattern) => Compile(pattern, RegexOptions.None, isPlain: true);

    private static AnswerPattern Compile(string pattern, RegexOptions options, bool isPlain) =>
        new(new Regex(pattern, options | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10)), isPlain);

    internal IEnumerable<FoundAnswer> Find(string text) => Pattern.Matches(text).Select(match => new FoundAnswer(match, IsPlain));
}
