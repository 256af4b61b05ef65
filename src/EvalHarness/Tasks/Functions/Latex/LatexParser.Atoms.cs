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
                return Quotient(upper, FractionPart());
            case @"\binom":
                Take();
                return new LatexFunction("binomial", [Group("{", "}"), Group("{", "}")]);
            default:
                throw new LatexException($"a formula cannot begin with '{Current.Text}'");
        }
    }

    private LatexNode FractionPart() => Kind == "digit" ? new LatexNumber(Fraction.Parse(Take().Text)) : Group("{", "}");

    /// <summary>A number, in an answer with a percent sign after it.</summary>
    private LatexNode Number()
    {
        LatexNumber number = Digits();
        if (likeSymPy || Current.Text != Percent)
            return number;
        Take();
        return new LatexPercent(number);
    }

    private LatexNumber Digits()
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

        string written = digits.ToString();
        return new LatexNumber(Fraction.Parse(written)) { IsDecimal = written.Contains('.', StringComparison.Ordinal) };
    }

    private LatexNode Name()
    {
        LatexToken token = Take();
        string name = token.Text.TrimStart('\\');
        if (!likeSymPy)
            name = name == "I" ? name : Accented(name).ToLowerInvariant();
        for (int i = 0; i < 2; i++)
        {
            if (Kind == "_")
                name += $"_{{{Subscript().Trim('{', '}')}}}";
            else if (Kind == "quotes")
                name += Take().Text;
        }

        if (Kind != "(" || !(likeSymPy || CallsFunction()))
            return name == "infty" && token.Kind == "symbol" ? new LatexOperator(Infinity) : new LatexSymbol(name);
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

    /// <summary>Says whether the parentheses after a name hold one sign, or several arguments. Otherwise they are a factor.</summary>
    private bool CallsFunction()
    {
        if (Ahead(2).Kind == ")")
            return true;
        int depth = 0;
        for (int i = 0; Ahead(i) != End; i++)
        {
            depth += Ahead(i).Text switch { "(" or "{" or "[" => 1, ")" or "}" or "]" => -1, _ => 0 };
            if (depth == 0)
                return false;
            if (depth == 1 && Ahead(i).Text == ",")
                return true;
        }

        return false;
    }

    /// <summary>
    /// The name of a symbol with an accent or in another type face, such as \vec{a} or \text{yes}, which has the text in braces as its
    /// name. Words have no accent.
    /// </summary>
    private string Accented(string name)
    {
        if (!Accents.Contains(name) || Current.Text != "{")
            return name;
        Take();
        var text = new StringBuilder();
        while (Current != End && Current.Text != "}")
            text.Append(Take().Text.Replace(" ", "", StringComparison.Ordinal));
        if (Take().Text != "}")
            throw new LatexException("a brace is not closed");
        return name is "text" or "textit" or "textbf" or "textnormal" or "mbox"
            ? text.Replace("(", "").Replace(")", "").ToString()
            : $"{(name.StartsWith("math", StringComparison.Ordinal) ? "math" : name)}{{{text}}}";
    }

    private static readonly HashSet<string> Accents =
    [
        "text", "textit", "textbf", "textnormal", "mbox", "acute", "breve", "check", "dot", "ddot", "grave", "hat", "tilde",
        "widetilde", "vec", "overrightarrow", "bar", "bm", "boldsymbol", "mathbb", "mathbin", "mathbf", "mathcal", "mathfrak", "mathit",
        "mathnormal", "mathop", "mathord", "mathrel", "mathring", "mathrm", "mathscr", "mathsf", "mathtt",
    ];
}
