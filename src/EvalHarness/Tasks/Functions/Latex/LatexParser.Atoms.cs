using System.Text;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>The smallest parts of a formula: numbers, names, fractions and binomial coefficients.</summary>
internal sealed partial class LatexParser
{
    private LatexNode Atom()
    {
        switch (Kind)
        {
            case "digit":
                return Number();
            case "differential":
                return new LatexSymbol("d" + Take().Text[1..].Trim().TrimStart('\\'));
            case "letter" or "symbol":
                return Name();
            case @"\mathit":
                Take();
                Expect("{");
                var name = new StringBuilder();
                while (Kind == "letter")
                    name.Append(Take().Text);
                Expect("}");
                return new LatexSymbol(name.ToString());
            case @"\frac":
                Take();
                LatexNode upper = FractionPart();
                return new LatexBinary('*', upper, Inverse(FractionPart()));
            case @"\binom":
                Take();
                return new LatexFunction("binomial", [Group("{", "}"), Group("{", "}")]);
            default:
                throw new LatexException($"a formula cannot begin with '{Current.Text}'");
        }
    }

    private LatexNode FractionPart() => Kind == "digit" ? new LatexNumber(Fraction.Parse(Take().Text)) : Group("{", "}");

    private LatexNumber Number()
    {
        var digits = new StringBuilder();
        while (Kind == "digit")
            digits.Append(Take().Text);
        while (Kind == "," && Ahead(1).Kind == "digit" && Ahead(2).Kind == "digit" && Ahead(3).Kind == "digit")
        {
            Take();
            digits.Append(Take().Text).Append(Take().Text).Append(Take().Text);
        }

        if (likeSymPy && (Kind == "." ? Ahead(1).Kind != "digit" : digits.Length > 1 && digits[0] == '0'))
            throw new LatexException($"'{digits}' is not a valid number for SymPy");
        if (Kind == "." && Ahead(1).Kind == "digit")
        {
            digits.Append(Take().Text);
            while (Kind == "digit")
                digits.Append(Take().Text);
        }

        return new LatexNumber(Fraction.Parse(digits.ToString()));
    }

    private LatexNode Name()
    {
        LatexToken token = Take();
        string name = token.Text.TrimStart('\\');
        for (int i = 0; i < 2; i++)
        {
            if (Kind == "_")
                name += $"_{{{Subscript().Trim('{', '}')}}}";
            else if (Kind == "quotes")
                name += Take().Text;
        }

        if (Kind != "(")
            return name == "infty" && token.Kind == "symbol" ? new LatexOperator("infinity") : new LatexSymbol(name);
        // A name before a parenthesis is an unknown function such as f(x, y). Its arity becomes part of its name.
        Take();
        var arguments = new List<LatexNode> { Sum() };
        while (Kind == ",")
        {
            Take();
            arguments.Add(Sum());
        }

        Expect(")");
        return new LatexFunction($"{name}/{arguments.Count}", arguments);
    }
}
