namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>The factors of a product: powers, factorials, groups, roots and named functions.</summary>
internal sealed partial class LatexParser
{
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

    /// <summary>Parses a superscript or subscript, which is an atom or a formula in braces.</summary>
    private LatexNode Script() => Kind == "{" ? Group("{", "}") : Atom();

    /// <summary>
    /// Parses a superscript or subscript of a function. If it consists of digits and nothing follows them, the last digit is the argument
    /// of the function.
    /// </summary>
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

    /// <summary>Skips a subscript and returns its text.</summary>
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
                return likeSymPy
                    ? new LatexFunction("conjugate", [Group("{", "}")])
                    : new LatexSymbol(Accented("bar").ToLowerInvariant());
            case var kind when functions && IsFunction(kind):
                return Named();
            case @"\int" or @"\sum" or @"\prod" or @"\lim" or @"\langle":
                throw new LatexException("integrals, sums, products, limits and brackets are not compared") { IsFormula = true };
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

        if (name.StartsWith("arc", StringComparison.Ordinal))
            name = "a" + name[3..];
        else if (name.StartsWith("ar", StringComparison.Ordinal))
            name = "a" + name[2..];
        // sin^{-1} is the inverse function and not the reciprocal of the sine.
        if (power?.Exact == new Fraction(-1, 1) && !name.StartsWith('a') && name != "exp")
            return new LatexFunction("a" + name, [argument]);
        var function = new LatexFunction(name, [argument]);
        return power is null ? function : new LatexBinary('^', function, power);
    }

    /// <summary>Parses arguments in parentheses. Only the first argument counts.</summary>
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
}
