namespace EvalHarness.Templates;

/// <summary>Python's <c>ast.literal_eval</c> for numbers, strings, booleans, None, lists, tuples and maps.</summary>
internal static class PythonLiteral
{
    internal static bool TryParse(string text, out object? value)
    {
        value = null;
        try
        {
            var parser = new LiteralParser(new Lexer("{{" + text + "}}", TemplateOptions.Task).Run());
            Expression expression = parser.Parse();
            if (!IsLiteral(expression))
                return false;
            value = new Evaluator(new Scope(), new Rendering(TemplateOptions.Task)).Value(expression);
            return true;
        }
        catch (TemplateException)
        {
            // The text is not a literal. The caller then uses it unchanged, as lm-evaluation-harness does.
            return false;
        }
    }

    private static bool IsLiteral(Expression expression) => expression switch
    {
        Literal => true,
        ListLiteral list => list.Items.All(IsLiteral),
        MapLiteral map => map.Items.All(i => IsLiteral(i.Key) && IsLiteral(i.Value)),
        Unary { Operator: "-" or "+", Operand: Literal { Value: long or double } } => true,
        _ => false,
    };

    private sealed class LiteralParser(List<Token> tokens) : ExpressionParser(tokens, TemplateOptions.Task)
    {
        internal Expression Parse()
        {
            Take();
            Expression expression = ParseTuple();
            return Current.Kind == TokenKind.OutputEnd ? expression : throw Unexpected("the end");
        }
    }
}
