namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>
/// Parses a formula by recursive descent. Letters next to each other form a product, and a letter before a parenthesis is a function.
/// </summary>
/// <remarks>
/// Source: the grammar and conversions of SymPy's parse_latex. Integrals, sums, limits and quantum states are not parsed.
/// </remarks>
/// <param name="tokens">The tokens of the text.</param>
/// <param name="likeSymPy">
/// Whether to follow peculiarities of SymPy: an x between numbers is a multiplication sign, and a number must not begin with 0 or end
/// with a decimal point.
/// </param>
internal sealed partial class LatexParser(List<LatexToken> tokens, bool likeSymPy)
{
    private static readonly HashSet<string> Functions =
    [
        "exp", "log", "lg", "ln", "sin", "cos", "tan", "csc", "sec", "cot", "arcsin", "arccos", "arctan", "arccsc", "arcsec", "arccot",
        "sinh", "cosh", "tanh", "arsinh", "arcosh", "artanh",
    ];

    private static readonly LatexToken End = new("end", "");
    private int _next;

    /// <summary>The number of bars that are open in the current group, so that the next bar closes the last one.</summary>
    private int _barDepth;

    /// <summary>
    /// Parses the formula at the beginning of a text. Text after it is ignored, as in SymPy, for which "1,2" is 1.
    /// </summary>
    /// <exception cref="LatexException">The text is not a formula, or it is a relation, which has no value.</exception>
    internal static LatexNode Parse(string text)
    {
        var parser = new LatexParser(LatexLexer.Read(text), likeSymPy: true);
        LatexNode node = parser.Sum();
        return parser.Kind is "=" or "<" or ">" or "<=" or ">=" or "!=" or "&"
            ? throw new LatexException("a relation has no value")
            : node;
    }

    /// <summary>Parses a text that must be a formula as a whole, without the peculiarities of SymPy.</summary>
    /// <exception cref="LatexException">The text is not a formula.</exception>
    internal static LatexNode ParseAll(string text)
    {
        var parser = new LatexParser(LatexLexer.Read(text), likeSymPy: false);
        LatexNode node = parser.Sum();
        return parser.Current == End ? node : throw new LatexException($"the formula is followed by '{parser.Current.Text}'");
    }

    private LatexToken Current => Ahead(0);

    private string Kind => Current.Kind is "unknown"
        ? throw new LatexException($"'{Current.Text}' cannot be part of a formula")
        : Current.Kind;

    private LatexToken Ahead(int by) => _next + by < tokens.Count ? tokens[_next + by] : End;

    private LatexToken Take() => _next < tokens.Count ? tokens[_next++] : End;

    private void Expect(string kind)
    {
        if (Kind != kind)
            throw new LatexException($"found '{Current.Text}'; expected {kind}");
        _next++;
    }

    /// <summary>The name of the operator ∞.</summary>
    internal const string Infinity = "infinity";

    /// <summary>Stands for a percent sign in an answer.</summary>
    internal const string Percent = @"\percent";

    /// <summary>The negative of a formula. That of a number is a number.</summary>
    internal static LatexNode Minus(LatexNode node) => node switch
    {
        LatexNumber number => number with { Value = number.Value * new Fraction(-1, 1) },
        LatexPercent percent => percent with { Number = (LatexNumber)Minus(percent.Number) },
        _ => Negative(node),
    };

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
            left = over ? Quotient(left, right) : new LatexBinary('*', left, right);
        }

        return left;
    }

    /// <summary>The quotient of two formulas. In an answer that of two whole numbers is a number.</summary>
    private LatexNode Quotient(LatexNode upper, LatexNode lower) =>
        !likeSymPy && IsWhole(upper) && IsWhole(lower) && !lower.Exact!.Value.Numerator.IsZero
            ? new LatexNumber(new Fraction(upper.Exact!.Value.Numerator, lower.Exact.Value.Numerator))
            : new LatexBinary('*', upper, Inverse(lower));

    private static bool IsWhole(LatexNode node) => node is LatexNumber { IsDecimal: false, Value.Denominator.IsOne: true };

    private LatexNode Signed(bool functions)
    {
        if (Kind is "+" or "-")
            return Take().Kind != "-" ? Signed(functions) : likeSymPy ? Negative(Signed(functions)) : Minus(Signed(functions));
        var factors = new List<LatexNode> { Factor(functions: true) };
        while (BeginsFactor(functions))
            factors.Add(Factor(functions));
        return likeSymPy ? Multiply(factors) : Mixed(factors);
    }

    /// <summary>
    /// Multiplies factors that stand next to each other, from the right. In an answer a whole number before another number is a mixed
    /// fraction, such as 2 1/2.
    /// </summary>
    private static LatexNode Mixed(List<LatexNode> factors)
    {
        LatexNode product = factors[^1];
        for (int i = factors.Count - 2; i >= 0; i--)
        {
            product = IsWhole(factors[i]) && product is LatexNumber { IsDecimal: false, Value.Numerator.Sign: > 0 } part
                ? new LatexNumber(factors[i].Exact!.Value + part.Value)
                : new LatexBinary('*', factors[i], product);
        }

        return factors.Exists(factor => factor is LatexOperator { Text: not Infinity })
            ? throw new LatexException("derivatives are not compared")
            : product;
    }

    private LatexNode Multiply(List<LatexNode> factors)
    {
        bool IsSign(int i) => likeSymPy
            && i > 0
            && i < factors.Count - 1
            && factors[i] is LatexSymbol { Name: "x" }
            && !factors[i - 1].HasSymbols
            && !factors[i + 1].HasSymbols;
        LatexNode? product = null;
        for (int i = 0; i < factors.Count; i++)
        {
            if (factors[i] is LatexOperator)
                throw new LatexException("derivatives are not compared");
            if (!IsSign(i))
                product = product is null ? factors[i] : new LatexBinary('*', product, factors[i]);
        }

        return product!;
    }

    /// <param name="functions">Whether a function counts as a factor. It does not inside the argument of a function.</param>
    private bool BeginsFactor(bool functions) =>
        Kind is "letter" or "symbol" or "digit" or "differential" or "(" or "[" or "{" or @"\{"
            or @"\frac" or @"\binom" or @"\mathit" or @"\lfloor" or @"\lceil"
        || (Kind == "|" && Ahead(1).Kind is not ("^" or "_") && _barDepth == 0)
        || (functions && (IsFunction(Kind) || Kind is @"\sqrt" or @"\overline" or @"\int" or @"\sum" or @"\prod" or @"\lim"));

    private static bool IsFunction(string kind) => kind.StartsWith('\\') && Functions.Contains(kind[1..]);
}
