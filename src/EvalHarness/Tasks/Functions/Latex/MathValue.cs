using System.Numerics;
using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>What an answer says: a formula, a set, a tuple or interval, a word.</summary>
internal abstract record MathValue
{
    private const double Rounding = 5e-7;

    internal abstract bool Matches(MathValue other);

    /// <exception cref="LatexException">Nothing that can be compared.</exception>
    internal static MathValue Parse(string latex)
    {
        string text = LatexCleaning.Clean(latex);
        if (text.Length == 0)
            throw new LatexException("nothing");
        string[] union = LatexCleaning.Split(text, @"\cup");
        if (union.Length > 1)
            return new MathSet([.. union.Select(Parse)]);
        // An equation stands for its last side, a membership for the set.
        string[] sides = LatexCleaning.Split(text, @"\in");
        if (sides.Length == 2)
            return Parse(sides[1]);
        string[] parts = LatexCleaning.Split(text, ",");
        if (parts.Length > 1 && !LatexCleaning.IsGroupedNumber(text))
            return new MathSet([.. parts.Select(Parse)]);
        sides = LatexCleaning.Split(text, "=");
        if (sides.Length > 1)
            return new MathEquation(sides[0], Parse(sides[^1]));
        if (LatexCleaning.Relation(text) is { } relation)
            return relation;
        if (LatexCleaning.Enclosed(text, @"\{", @"\}") is { } set)
            return new MathSet([.. LatexCleaning.Split(set, ",").Select(Parse)]);
        if (text[0] is '(' or '[' && text[^1] is ')' or ']' && LatexCleaning.Split(text[1..^1], ",") is { Length: > 1 } ends)
            return new MathTuple(text[0], [.. ends.Select(Parse)], text[^1]);
        if (text.Contains(@"\pm", StringComparison.Ordinal))
            return new MathSet([Parse(text.Replace(@"\pm", "+", StringComparison.Ordinal)), Parse(text.Replace(@"\pm", "-", StringComparison.Ordinal))]);
        if (text is "-\\infty" or "\\infty" or "+\\infty")
            return new MathWord(text[0] == '-' ? "-oo" : "oo");
        if (LatexCleaning.Word(text) is { } word)
            return new MathWord(word);
        return new MathFormula(LatexParser.ParseAll(text));
    }

    internal static bool AreClose(LatexNode a, LatexNode b)
    {
        if (a.Exact is { } x && b.Exact is { } y)
            return Math.Abs((x + (y * new Fraction(-1, 1))).ToDouble()) < Rounding;
        if (LatexEquality.AreEqual(a, b))
            return true;
        Complex left = a.Evaluate(LatexCleaning.Constants), right = b.Evaluate(LatexCleaning.Constants);
        // Numbers agree when they round to the same six places.
        return Complex.IsFinite(left) && Complex.IsFinite(right) && Math.Abs(left.Real - right.Real) < Rounding && Math.Abs(left.Imaginary - right.Imaginary) < Rounding;
    }
}

internal sealed record MathFormula(LatexNode Node) : MathValue
{
    internal override bool Matches(MathValue other) => other switch
    {
        MathFormula formula => AreClose(Node, formula.Node),
        MathEquation equation => Matches(equation.Value),
        MathSet { Items: [var only] } => Matches(only),
        MathWord word => Node is LatexSymbol symbol && symbol.Name.Equals(word.Text, StringComparison.OrdinalIgnoreCase),
        _ => false,
    };
}

/// <summary>An equation with a name on its left stands for its value; two are the same where both sides are.</summary>
internal sealed record MathEquation(string Left, MathValue Value) : MathValue
{
    internal override bool Matches(MathValue other) => other is MathEquation equation
        ? Value.Matches(equation.Value) && (Left == equation.Left || LatexEquality.AreEqual(Left, equation.Left))
        : Left.Length <= 2 && Value.Matches(other);
}

internal sealed record MathSet(IReadOnlyList<MathValue> Items) : MathValue
{
    internal override bool Matches(MathValue other)
    {
        List<MathValue> rest = [.. other is MathSet set ? set.Items : other is MathTuple { Open: '(', Close: ')' } tuple ? tuple.Items : [other is MathEquation equation ? equation.Value : other]];
        if (rest.Count != Items.Count)
            return false;
        foreach (MathValue item in Items)
        {
            int found = rest.FindIndex(item.Matches);
            if (found < 0)
                return false;
            rest.RemoveAt(found);
        }

        return true;
    }
}

/// <summary>A point or an interval; round brackets may mean either.</summary>
internal sealed record MathTuple(char Open, IReadOnlyList<MathValue> Items, char Close) : MathValue
{
    internal override bool Matches(MathValue other) => other switch
    {
        MathTuple tuple => tuple.Open == Open && tuple.Close == Close && tuple.Items.Count == Items.Count && Items.Zip(tuple.Items).All(pair => pair.First.Matches(pair.Second)),
        MathEquation equation => Matches(equation.Value),
        _ => false,
    };
}

/// <summary>A chain of inequalities, all pointing the same way; written from the smaller end.</summary>
internal sealed record MathRelation(IReadOnlyList<string> Operators, IReadOnlyList<MathValue> Sides) : MathValue
{
    internal override bool Matches(MathValue other) =>
        other is MathRelation relation && relation.Operators.SequenceEqual(Operators) && relation.Sides.Count == Sides.Count && Sides.Zip(relation.Sides).All(pair => pair.First.Matches(pair.Second));
}

internal sealed record MathWord(string Text) : MathValue
{
    internal override bool Matches(MathValue other) => other switch
    {
        MathWord word => word.Text.Equals(Text, StringComparison.OrdinalIgnoreCase),
        MathFormula => other.Matches(this),
        _ => false,
    };
}

/// <summary>Evens out what LaTeX writes in several ways.</summary>
internal static partial class LatexCleaning
{
    internal static string Clean(string latex)
    {
        string text = latex.Strip();
        foreach ((string from, string to) in ((string, string)[])
            [(@"\left", ""), (@"\right", ""), (@"\dfrac", @"\frac"), (@"\tfrac", @"\frac"), (@"\!", ""), (@"\,", ""), (@"\;", ""), (@"\ ", " "), ("^{\\circ}", ""), ("^\\circ", ""), (@"\$", ""), (@"\degree", ""), ("\u00b0", ""), (@"\mbox", @"\text"), (@"\mathrm", @"\text"), (@"\textbf", @"\text"), ("\\\n", " "), ("\n", " ")])
            text = text.Replace(from, to, StringComparison.Ordinal);
        if (Whole().Match(text) is { Success: true } word)
            return word.Value;
        text = And().Replace(text, ",");
        text = Units().Replace(text, "");
        text = Percent().Replace(text, "/100");
        text = ShortFraction().Replace(text, @"\frac{$1}{$2}");
        text = ShortRoot().Replace(text, @"\sqrt{$1}");
        return text.Strip().TrimEnd('.').Strip();
    }

    /// <summary>Parts between separators that stand in no bracket; empty parts are left out.</summary>
    internal static string[] Split(string text, string separator)
    {
        var parts = new List<string>();
        int depth = 0, start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '(' or '[' or '{' => 1, ')' or ']' or '}' => -1, _ => 0 };
            bool here = depth == 0 && string.CompareOrdinal(text, i, separator, 0, separator.Length) == 0;
            if (here && separator == "," && i + 3 < text.Length && i > 0 && char.IsAsciiDigit(text[i - 1]) && IsGroupedNumber(text))
                continue;
            // \in is no \infty, and an equals sign no part of <= or >=.
            if (here && ((separator[0] == '\\' && i + separator.Length < text.Length && char.IsAsciiLetter(text[i + separator.Length])) || (separator == "=" && i > 0 && text[i - 1] is '<' or '>' or '!')))
                continue;
            if (!here)
                continue;
            parts.Add(text[start..i]);
            start = i + separator.Length;
            i = start - 1;
        }

        parts.Add(text[start..]);
        return [.. parts.Select(p => p.Strip()).Where(p => p.Length > 0)];
    }

    internal static bool IsGroupedNumber(string text) => Grouped().IsMatch(text);

    internal static string? Enclosed(string text, string open, string close) =>
        text.StartsWith(open, StringComparison.Ordinal) && text.EndsWith(close, StringComparison.Ordinal) && text.Length >= open.Length + close.Length ? text[open.Length..^close.Length] : null;

    internal static string? Word(string text)
    {
        if (Whole().Match(text) is { Success: true } word)
            return word.Groups[1].Value.Strip().Trim('(', ')');
        return null;
    }

    internal static MathRelation? Relation(string text)
    {
        string[] sides = Inequality().Split(text);
        string[] operators = [.. Inequality().Matches(text).Select(match => match.Value.TrimStart('\\') switch { "<" => "<", "le" or "leq" => "<=", ">" => ">", _ => ">=" })];
        if (operators.Length == 0 || operators.Any(o => o[0] != operators[0][0]))
            return null;
        MathValue[] values = [.. sides.Select(MathValue.Parse)];
        return operators[0][0] == '<' ? new MathRelation(operators, values) : new MathRelation([.. operators.Reverse().Select(o => o.Replace('>', '<'))], [.. values.Reverse()]);
    }

    internal static Complex Constants(string name) => name switch
    {
        "pi" => Math.PI,
        "e" => Math.E,
        "i" => Complex.ImaginaryOne,
        _ => new Complex(double.NaN, 0),
    };

    [GeneratedRegex(@"\\(?:leq|le|geq|ge)(?![a-zA-Z])|[<>]")]
    private static partial Regex Inequality();

    [GeneratedRegex(@"^\\text\{([^{}]*)\}\.?$")]
    private static partial Regex Whole();

    [GeneratedRegex(@"\s*,?\s*\\text\{\s*(?:and|or)\s*\}\s*")]
    private static partial Regex And();

    [GeneratedRegex(@"\\text\{[^{}]*\}(?:\^\{?\d\}?)?")]
    private static partial Regex Units();

    [GeneratedRegex(@"\\?%")]
    private static partial Regex Percent();

    [GeneratedRegex(@"\\frac\s*([0-9a-zA-Z])\s*([0-9a-zA-Z])")]
    private static partial Regex ShortFraction();

    [GeneratedRegex(@"\\sqrt\s*([0-9a-zA-Z])")]
    private static partial Regex ShortRoot();

    [GeneratedRegex(@"^-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?$")]
    private static partial Regex Grouped();
}
