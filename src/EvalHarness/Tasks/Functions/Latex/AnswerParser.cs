using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>Parses an answer: a formula, or a set, tuple, interval, matrix or relation of formulas.</summary>
/// <remarks>
/// Source: the grammar of latex2sympy2_extended, which Math-Verify parses answers with. "1,2" is a set, "(1,2)" an interval,
/// "(1,2,3)" a tuple, and "x=1,2" says that x is a set.
/// </remarks>
internal static partial class AnswerParser
{
    /// <exception cref="LatexException">The text is no answer.</exception>
    internal static MathValue Parse(string text)
    {
        text = PercentSign().Replace(Space().Replace(Degrees().Replace(text, ""), " "), $"{LatexParser.Percent} ").Strip();
        if (text.Length == 0)
            throw new LatexException("there is no formula");
        if (GroupedNumber().IsMatch(text))
            return new MathFormula(LatexParser.ParseAll(text.Replace(",", "", StringComparison.Ordinal)));
        return SetOperators.Any(o => AnswerSplitting.Contains(text, o.Signs)) ? SetRelation(text) : Relation(text);
    }

    /// <summary>By precedence, the weakest first.</summary>
    private static readonly (char Operator, string[] Signs)[] SetOperators =
        [('∖', [@"\setminus", "∖"]), ('∪', [@"\cup", "∪"]), ('∩', [@"\cap", "∩"])];

    private static readonly string[] Membership = ["=", @"\in"];

    /// <summary>Parses "x \in S" or "x = S" with a set S of several parts as an equation, and S alone as itself.</summary>
    private static MathValue SetRelation(string text) => AnswerSplitting.First(text, Membership) is var (left, _, right)
        ? new MathRelation([new MathComparison(Names(left) ?? throw Unknown(left), "=", SetExpression(right))])
        : SetExpression(text);

    private static MathValue SetExpression(string text)
    {
        foreach ((char sign, string[] signs) in SetOperators)
        {
            string[] parts = AnswerSplitting.At(text, signs);
            if (parts.Length > 1)
                return parts.Select(SetExpression).Aggregate((left, right) => new MathSetOperation(sign, AsSet(left), AsSet(right)));
        }

        return SetAtom(text)
            ?? (AnswerSplitting.Enclosed(text, "(", ")") is { } inner ? SetExpression(inner) : throw Unknown(text));
    }

    private static MathValue AsSet(MathValue value) => value is MathTuple tuple ? new MathSet(tuple.Items) : value;

    /// <summary>
    /// Parses a list of elements. If it begins with the name of a symbol and no other relation follows, the list is the value of the
    /// symbol.
    /// </summary>
    private static MathValue Relation(string text)
    {
        if (AnswerSplitting.First(text, Membership) is var (left, _, right)
            && Names(left) is { } names
            && !AnswerSplitting.Contains(right, AnswerSplitting.Relations))
        {
            return new MathRelation([new MathComparison(names, "=", Elements(right))]);
        }

        return Elements(text);
    }

    /// <summary>A symbol, or several in parentheses, that an answer gives a value to.</summary>
    private static MathValue? Names(string text)
    {
        string[] names = AnswerSplitting.Enclosed(text, "(", ")") is { } several ? AnswerSplitting.At(several, [","]) : [text];
        if (!names.All(name => Name().IsMatch(name.Strip())))
            return null;
        MathValue[] symbols = [.. names.Select(name => new MathFormula(LatexParser.ParseAll(name)))];
        return symbols is [var one] ? one : new MathTuple(symbols);
    }

    /// <summary>Parses elements with commas between them, or groups of elements with semicolons between the groups.</summary>
    private static MathValue Elements(string text)
    {
        MathValue[][] groups = Groups(text);
        return groups switch
        {
            [[var one]] => one,
            [var only] => new MathSet(only),
            _ when groups.All(group => group.Length == 1) => new MathSet([.. groups.Select(group => group[0])]),
            _ => new MathSet([.. groups.Select(group => new MathTuple(group))]),
        };
    }

    private static MathValue[][] Groups(string text) =>
        [.. AnswerSplitting.At(text, [";"]).Select(
            group => AnswerSplitting.At(group, [","]).SelectMany(Element).ToArray())];

    private static IEnumerable<MathValue> Element(string text)
    {
        if (AnswerSplitting.At(text, [@"\pm", @"\mp", "±", "∓"]) is [var before, var after])
        {
            LatexNode right = LatexParser.ParseAll(after);
            LatexNode minus = LatexParser.Minus(right);
            if (before.Strip().Length == 0)
                return [new MathFormula(minus), new MathFormula(right)];
            LatexNode left = LatexParser.ParseAll(before);
            return [new MathFormula(new LatexBinary('+', left, right)), new MathFormula(new LatexBinary('+', left, minus))];
        }

        return [SetAtom(text) ?? AnswerRelations.Parse(text)];
    }

    /// <summary>Parses a set in braces, an interval, a tuple or the name of a set. The result is null for anything else.</summary>
    private static MathValue? SetAtom(string text)
    {
        text = text.Strip();
        if (NamedSet().Match(text) is { Success: true } named)
            return new MathNamedSet(named.Value is [var letter] ? Letter(letter) : named.Groups[1].Value);
        if (EmptySet().IsMatch(text))
            return new MathSet([]);
        if (AnswerSplitting.Enclosed(text, @"\{", @"\}") is { } set)
            return new MathSet([.. Groups(set).SelectMany(group => group)]);
        if (AnswerSplitting.Enclosed(text, "{", "}") is { } braced)
            return new MathSet([.. Groups(braced).SelectMany(group => group)]);
        if (AnswerSplitting.Outer(text) is not var (open, inner, close))
            return null;
        string[] parts = AnswerSplitting.At(inner, [",", ";"]);
        if (parts.Length == 2 && AnswerSplitting.At(inner, [","]).Length == 2 && Interval(open, parts, close) is { } interval)
            return interval;
        if (open != (close == ')' ? '(' : '[') || parts.Length < 2)
            return null;
        return new MathTuple([.. Groups(inner).SelectMany(group => group)]);
    }

    private static string Letter(char letter) => letter switch { 'ℕ' => "N", 'ℤ' => "Z", 'ℚ' => "Q", 'ℝ' => "R", 'ℂ' => "C", _ => "P" };

    /// <summary>Two ends, or a point if they cannot be the ends of an interval that has numbers.</summary>
    private static MathValue? Interval(char open, string[] ends, char close)
    {
        LatexNode start, end;
        try
        {
            (start, end) = (LatexParser.ParseAll(ends[0]), LatexParser.ParseAll(ends[1]));
        }
        catch (LatexException)
        {
            return null;
        }

        (bool startIsOpen, bool endIsOpen) = (open == '(', close == ')');
        double from = RealSet.End(start), to = RealSet.End(end);
        bool isPoint = (startIsOpen && endIsOpen && to <= from) || (!startIsOpen && !endIsOpen && to < from);
        return isPoint
            ? new MathTuple([new MathFormula(start), new MathFormula(end)])
            : new MathInterval(start, end, startIsOpen || double.IsInfinity(from), endIsOpen || double.IsInfinity(to));
    }

    private static LatexException Unknown(string text) => new($"'{text}' is no set or name of a symbol");

    [GeneratedRegex(@"\\?%")]
    private static partial Regex PercentSign();

    /// <summary>The commands for spaces that have a sign as their name, which separates nothing.</summary>
    [GeneratedRegex(@"(?<!\\)\\[,;:!]")]
    private static partial Regex Space();

    /// <summary>Degrees count as numbers.</summary>
    [GeneratedRegex(@"\^\s*\{?\s*(?:\\(?:circle?|circ|degree)(?![a-zA-Z])|°)\s*\}?")]
    private static partial Regex Degrees();

    [GeneratedRegex(@"^\s*-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?\s*$")]
    private static partial Regex GroupedNumber();

    [GeneratedRegex(@"^\\mathbb\s*\{([NZQRCP])\}$|^[ℕℤℚℝℂℙ]$")]
    private static partial Regex NamedSet();

    [GeneratedRegex(@"^(?:\\emptyset|∅|\\\{\s*\\\}|\{\s*\})$")]
    private static partial Regex EmptySet();

    /// <summary>A letter, Greek letter or text with a subscript and a superscript, in either order.</summary>
    [GeneratedRegex(
        @"^(?!e$|\\(?:frac|sqrt|infty|sin|cos|tan|log|ln|exp)(?![a-zA-Z]))(?:[a-zA-Z]|\\[a-zA-Z]+\s*(?:\{[^{}]*\})?)"
        + @"(?:\s*[_^]\s*(?:[a-zA-Z0-9]|\\[a-zA-Z]+|\{[^{}]*\})){0,2}$")]
    private static partial Regex Name();
}
