namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>Parses one element of an answer: a formula, a matrix, or a chain of equations and inequalities between them.</summary>
internal static class AnswerRelations
{
    private static readonly string[] Approximations = ["~=", "≈", @"\approx", "≅", "≃"];

    /// <exception cref="LatexException">The text is no relation.</exception>
    internal static MathValue Parse(string text)
    {
        List<(string Operator, string Side)> sides = AnswerSplitting.Sides(text);
        MathValue value = Operand(sides[0].Side);
        var parts = new List<MathComparison>();
        MathValue last = value;
        foreach ((string sign, string side) in sides.Skip(1))
        {
            MathValue right = Operand(side);
            if (Approximations.Contains(sign))
            {
                // What is only near to a number is left out, and so is the name of the number.
                if (parts.Count == 0)
                    value = last = MathSymbols.Alone(value) ? right : value;
                continue;
            }

            parts.Add(new MathComparison(last, Operator(sign), right));
            last = right;
        }

        return parts.Count == 0 ? value : new MathRelation(parts);
    }

    private static string Operator(string sign) => sign switch
    {
        "=" or "==" or @"\equiv" or "≡" => "=",
        "<" or @"\lt" => "<",
        ">" or @"\gt" => ">",
        "<=" or @"\leq" or @"\le" or @"\leqslant" or "≤" or "≦" => "<=",
        ">=" or @"\geq" or @"\ge" or @"\geqslant" or "≥" or "≧" => ">=",
        "!=" or @"\ne" or @"\neq" or "≠" => "!=",
        _ => throw new LatexException($"{sign} does not compare formulas"),
    };

    private static MathValue Operand(string text) => text.Contains(@"\begin", StringComparison.Ordinal)
        ? MatrixParser.Parse(text)
        : new MathFormula(LatexParser.ParseAll(text));
}
