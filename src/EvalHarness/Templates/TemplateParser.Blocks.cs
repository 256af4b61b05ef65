namespace EvalHarness.Templates;

/// <summary>Parses macros, calls, scopes and loop controls.</summary>
internal sealed partial class TemplateParser
{
    private List<Node> ParseOtherStatement(Position at)
    {
        string name = Current.Kind == TokenKind.Name ? Current.Text : "";
        switch (name)
        {
            case "macro":
                Take();
                string macro = ExpectName();
                return [new MacroNode(ParseMacro(macro, "endmacro"), at)];
            case "call":
                Take();
                return [ParseCallBlock()];
            case "filter":
                Take();
                var filters = new List<FilterStep> { ParseFilterName() };
                while (IsOperator("|"))
                    filters.Add(ParseFilter());
                return [new FilterBlockNode(filters, ParseOwnBodyTo("endfilter"))];
            case "with":
                Take();
                return [ParseWith(at)];
            case "generation" when Options.IsChat:
                // transformers marks the text that a model generates with these blocks. For the text itself they are scopes.
                Take();
                return [new WithNode([], ParseOwnBodyTo("endgeneration"), at)];
            case "break" or "continue" when Options.IsChat:
                Take();
                if (_loops == 0)
                    throw at.Error($"{name} stands outside of a loop");
                ExpectBlockEnd();
                return [name == "break" ? new BreakNode() : new ContinueNode()];
            case "print":
                Take();
                return ParsePrint();
            case "include" or "import" or "from" or "extends" or "block":
                string kind = Options.IsChat ? "a chat template" : "the template of a task";
                throw at.Error($"'{name}' needs templates in other files; {kind} is one file");
            case "autoescape":
                throw at.Error("'autoescape' is not supported; prompts are no HTML");
            default:
                throw Unexpected("the name of a statement, such as set, if or for");
        }
    }

    private List<Node> ParsePrint()
    {
        var nodes = new List<Node>();
        while (Current.Kind != TokenKind.BlockEnd)
        {
            if (nodes.Count > 0)
                Expect(",");
            nodes.Add(new OutputNode(ParseExpression()));
        }

        ExpectBlockEnd();
        return nodes;
    }

    /// <summary>Parses a body that is a function of its own, so that it cannot leave a loop around it.</summary>
    private List<Node> ParseOwnBodyTo(string end)
    {
        (int loops, bool conditional) = (_loops, IsConditional);
        (_loops, IsConditional) = (0, false);
        List<Node> body = ParseBodyTo(end);
        (_loops, IsConditional) = (loops, conditional);
        return body;
    }

    /// <summary>Parses the parameters and the body of a macro.</summary>
    private MacroSyntax ParseMacro(string name, string end)
    {
        (List<string> parameters, List<Expression> defaults) = ParseParameters();
        return Macro(name, parameters, defaults, ParseOwnBodyTo(end));
    }

    private CallBlockNode ParseCallBlock()
    {
        (List<string> parameters, List<Expression> defaults) = IsOperator("(") ? ParseParameters() : ([], []);
        Position at = Current.At;
        if (ParseExpression() is not Call call)
            throw at.Error("a call block calls no macro; expected {% call NAME(...) %}");
        return new CallBlockNode(call, Macro(null, parameters, defaults, ParseOwnBodyTo("endcall")));
    }

    private static MacroSyntax Macro(string? name, List<string> parameters, List<Expression> defaults, List<Node> body)
    {
        IReadOnlySet<string> reads = VariableFinder.Names(body);
        return new MacroSyntax(name, parameters, defaults, body, reads);
    }

    private (List<string> Parameters, List<Expression> Defaults) ParseParameters()
    {
        Expect("(");
        var parameters = new List<string>();
        var defaults = new List<Expression>();
        while (!IsOperator(")"))
        {
            if (parameters.Count > 0)
                Expect(",");
            Position at = Current.At;
            string parameter = ExpectName();
            if (parameters.Contains(parameter))
                throw at.Error($"two parameters have the name '{parameter}'");
            parameters.Add(parameter);
            if (TakeOperator("="))
                defaults.Add(ParseExpression());
            else if (defaults.Count > 0)
                throw at.Error($"parameter '{parameter}' has no default and follows one that has");
        }

        Expect(")");
        return (parameters, defaults);
    }

    private WithNode ParseWith(Position at)
    {
        var values = new List<(AssignmentTarget, Expression)>();
        while (Current.Kind != TokenKind.BlockEnd)
        {
            if (values.Count > 0)
                Expect(",");
            AssignmentTarget target = ParseTarget(withMembers: false);
            Expect("=");
            values.Add((target, ParseExpression()));
        }

        return new WithNode(values, ParseBodyTo("endwith"), at);
    }
}
