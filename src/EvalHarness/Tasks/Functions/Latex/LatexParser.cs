using System.Text;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>
/// Parses the beginning of a text that is a formula; what follows it is not looked at, as in the reference, where "1,2" is 1.
/// Letters next to each other are a product, a letter before a parenthesis is a function.
/// </summary>
/// <remarks>
/// Source: the grammar and conversions of SymPy's parse_latex. Integrals, sums, limits and quantum states are not parsed.
/// </remarks>
/// <param name="tokens">The text.</param>
/// <param name="likeSymPy">With its own ways: an x between numbers multiplies, a number does not begin with 0 or end with a point.</param>
internal sealed class LatexParser(List<LatexToken> tokens, bool likeSymPy)
{
    private static readonly HashSet<string> Functions =
        ["exp", "log", "lg", "ln", "sin", "cos", "tan", "csc", "sec", "cot", "arcsin", "arccos", "arctan", "arccsc", "arcsec", "arccot", "sinh", "cosh", "tanh", "arsinh", "arcosh", "artanh"];

    private static readonly LatexToken End = new("end", "");
    private int _next;

    /// <exception cref="LatexException">Not a formula, or one with a relation, which has no value.</exception>
    internal static LatexNode Parse(string text)
    {
        var parser = new LatexParser(LatexLexer.Read(text), likeSymPy: true);
        LatexNode node = parser.Sum();
        return parser.Kind is "=" or "<" or ">" or "<=" or ">=" or "!=" or "&" ? throw new LatexException("a relation has no value") : node;
    }

    /// <summary>As <see cref="Parse"/>, and the whole text must be a formula.</summary>
    internal static LatexNode ParseAll(string text)
    {
        var parser = new LatexParser(LatexLexer.Read(text), likeSymPy: false);
        LatexNode node = parser.Sum();
        return parser.Current == End ? node : throw new LatexException($"'{parser.Current.Text}' is behind the formula");
    }

    private LatexToken Current => Ahead(0);

    private string Kind => Current.Kind is "unknown" ? throw new LatexException($"'{Current.Text}' is no token") : Current.Kind;

    private LatexToken Ahead(int by) => _next + by < tokens.Count ? tokens[_next + by] : End;

    private LatexToken Take() => _next < tokens.Count ? tokens[_next++] : End;

    private void Expect(string kind)
    {
        if (Kind != kind)
            throw new LatexException($"'{Current.Text}' where {kind} is expected");
        _next++;
    }

    private static LatexBinary Negative(LatexNode node) => new LatexBinary('*', new LatexNumber(new Fraction(-1, 1)), node);

    private static LatexBinary Inverse(LatexNode node) => new('^', node, new LatexNumber(new Fraction(-1, 1)));

    private LatexNode Sum()
    {
        LatexNode left = Product(functions: true);
        while (Kind is "+" or "-")
        {
            bool minus = Take().Kind == "-";
            LatexNode right = Product(functions: true);
            left = new LatexBinary('+', left, minus ? Negative(right) : right);
        }

        return left;
    }

    private LatexNode Product(bool functions)
    {
        LatexNode left = Signed(functions);
        while (Kind is "*" or "/")
        {
            bool over = Take().Kind == "/";
            LatexNode right = Signed(functions);
            left = new LatexBinary('*', left, over ? Inverse(right) : right);
        }

        return left;
    }

    private LatexNode Signed(bool functions)
    {
        if (Kind is "+" or "-")
            return Take().Kind == "-" ? Negative(Signed(functions)) : Signed(functions);
        var factors = new List<LatexNode> { Factor(functions: true) };
        while (BeginsFactor(functions))
            factors.Add(Factor(functions));
        return Multiply(factors);
    }

    /// <summary>An x between factors without symbols is a multiplication sign.</summary>
    private LatexNode Multiply(List<LatexNode> factors)
    {
        LatexNode? product = null;
        for (int i = 0; i < factors.Count; i++)
        {
            if (factors[i] is LatexOperator)
                throw new LatexException("derivatives are not compared");
            bool sign = likeSymPy && i > 0 && i < factors.Count - 1 && factors[i] is LatexSymbol { Name: "x" } && !factors[i - 1].HasSymbols && !factors[i + 1].HasSymbols;
            if (!sign)
                product = product is null ? factors[i] : new LatexBinary('*', product, factors[i]);
        }

        return product!;
    }

    private bool BeginsFactor(bool functions) => Kind is "letter" or "symbol" or "digit" or "differential" or "(" or "[" or "{" or @"\{" or @"\frac" or @"\binom" or @"\mathit" or @"\lfloor" or @"\lceil"
        || (Kind == "|" && Ahead(1).Kind is not ("^" or "_") && _barDepth == 0)
        || (functions && (IsFunction(Kind) || Kind is @"\sqrt" or @"\overline" or @"\int" or @"\sum" or @"\prod" or @"\lim"));

    private int _barDepth;

    private static bool IsFunction(string kind) => kind.StartsWith('\\') && Functions.Contains(kind[1..]);

    private LatexNode Factor(bool functions)
    {
        LatexNode node = Part(functions);
        while (Kind == "^")
        {
            Take();
            node = new LatexBinary('^', node, Script());
            if (Kind == "_")
                Subscript();
        }

        while (Kind == "!")
        {
            Take();
            node = new LatexFunction("factorial", [node]);
        }

        return Kind == "|" && Ahead(1).Kind is "^" or "_" ? throw new LatexException("values at a point are not compared") : node;
    }

    /// <summary>An atom, or a formula in braces.</summary>
    private LatexNode Script() => Kind == "{" ? Group("{", "}") : Atom();

    /// <summary>A script of a function; of digits with nothing behind them the last is the argument.</summary>
    private LatexNode FunctionScript()
    {
        int digits = 0;
        while (Ahead(digits).Kind == "digit")
            digits++;
        if (digits < 2)
            return Script();
        int start = _next;
        _next += digits;
        if (Kind == "(" || BeginsFactor(functions: false) || Kind is "+" or "-" or "_" or "^")
        {
            _next = start;
            return Script();
        }

        _next = start + digits - 1;
        return new LatexNumber(Fraction.Parse(string.Concat(tokens.Skip(start).Take(digits - 1).Select(t => t.Text))));
    }

    private string Subscript()
    {
        Expect("_");
        int start = _next;
        Script();
        return string.Concat(tokens.Skip(start).Take(_next - start).Select(t => t.Text));
    }

    private LatexNode Group(string open, string close)
    {
        Expect(open);
        int bars = _barDepth;
        _barDepth = 0;
        LatexNode node = Sum();
        _barDepth = bars;
        Expect(close);
        return node;
    }

    private LatexNode Part(bool functions)
    {
        switch (Kind)
        {
            case "(": return Group("(", ")");
            case "[": return Group("[", "]");
            case "{": return Group("{", "}");
            case @"\{": return Group(@"\{", @"\}");
            case @"\lfloor": return new LatexFunction("floor", [Group(@"\lfloor", @"\rfloor")]);
            case @"\lceil": return new LatexFunction("ceiling", [Group(@"\lceil", @"\rceil")]);
            case "|":
                Take();
                _barDepth++;
                LatexNode inner = Sum();
                _barDepth--;
                Expect("|");
                return new LatexFunction("abs", [inner]);
            case @"\sqrt" when functions:
                return Root();
            case @"\overline" when functions:
                Take();
                return new LatexFunction("conjugate", [Group("{", "}")]);
            case var kind when functions && IsFunction(kind):
                return Named();
            case @"\int" or @"\sum" or @"\prod" or @"\lim" or @"\langle":
                throw new LatexException("integrals, sums, products, limits and brackets are not compared");
            default:
                return Atom();
        }
    }

    private LatexBinary Root()
    {
        Take();
        LatexNode index = Kind == "[" ? Group("[", "]") : new LatexNumber(new Fraction(2, 1));
        return new LatexBinary('^', Group("{", "}"), Inverse(index));
    }

    private LatexNode Named()
    {
        string name = Take().Kind[1..];
        LatexNode? subscripted = null, power = null;
        for (int i = 0; i < 2 && Kind is "_" or "^"; i++)
        {
            if (Take().Kind == "_")
                subscripted = FunctionScript();
            else
                power = FunctionScript();
        }

        LatexNode argument = Kind == "(" ? Argument() : Product(functions: false);
        if (name is "log" or "ln" or "lg")
        {
            LatexNode? numeral = subscripted ?? (name == "lg" ? new LatexNumber(new Fraction(10, 1)) : null);
            LatexNode log = new LatexFunction("log", numeral is null ? [argument] : [argument, numeral]);
            return power is null ? log : new LatexBinary('^', log, power);
        }

        name = name.StartsWith("arc", StringComparison.Ordinal) ? "a" + name[3..] : name.StartsWith("ar", StringComparison.Ordinal) ? "a" + name[2..] : name;
        // sin^{-1} is the inverse function, not the inverse of its value.
        if (power?.Exact == new Fraction(-1, 1) && !name.StartsWith('a') && name != "exp")
            return new LatexFunction("a" + name, [argument]);
        var function = new LatexFunction(name, [argument]);
        return power is null ? function : new LatexBinary('^', function, power);
    }

    /// <summary>Of several only the first counts.</summary>
    private LatexNode Argument()
    {
        Expect("(");
        LatexNode argument = Sum();
        while (Kind == ",")
        {
            Take();
            Sum();
        }

        Expect(")");
        return argument;
    }

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
                throw new LatexException($"'{Current.Text}' begins no formula");
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
            throw new LatexException("no number is written so");
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
        // f(x), f(x, y)
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
