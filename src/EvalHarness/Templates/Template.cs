using System.Text;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>
/// A prompt template, written in the part of Jinja that evaluation tasks use. Undefined names are errors, a trailing newline is kept, and
/// the output is not escaped. A template does not change after parsing, so several threads can render it at once.
/// </summary>
/// <remarks>
/// Source: the template designer documentation of Jinja 3.1, and the environment settings of lm-evaluation-harness.
/// </remarks>
internal sealed class Template
{
    private readonly IReadOnlyList<Node> _nodes;

    private Template(string source, IReadOnlyList<Node> nodes)
    {
        Source = source;
        _nodes = nodes;
    }

    public string Source { get; }

    internal IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>The names of the variables that must be defined to render the template.</summary>
    public IReadOnlySet<string> Variables => VariableFinder.Find(_nodes);

    /// <exception cref="TemplateException">The text is not a valid template.</exception>
    public static Template Parse(string source) => new(source, new TemplateParser(new Lexer(source).Run()).Parse());

    /// <param name="variables">The values of the variables, which are plain values as in a <see cref="Data.Document"/>.</param>
    /// <exception cref="TemplateException">A name is undefined, or an operation cannot be applied to its values.</exception>
    public string Render(IReadOnlyDictionary<string, object?> variables)
    {
        if (_nodes is [TextNode only])
            return only.Text;
        var evaluator = new Evaluator(variables.ToDictionary());
        var output = new StringBuilder();
        Render(_nodes, evaluator, output);
        return output.ToString();
    }

    private static void Render(IReadOnlyList<Node> nodes, Evaluator evaluator, StringBuilder output)
    {
        foreach (Node node in nodes)
        {
            switch (node)
            {
                case TextNode text:
                    output.Append(text.Text);
                    break;
                case OutputNode written:
                    output.Append(Python.Str(evaluator.Value(written.Value)));
                    break;
                case SetNode set:
                    Assign(set.Names, evaluator.Value(set.Value), evaluator.Scope, set.At);
                    break;
                case IfNode choice:
                    Render(Choose(choice, evaluator), evaluator, output);
                    break;
                case ForNode loop:
                    Loop(loop, evaluator, output);
                    break;
            }
        }
    }

    private static IReadOnlyList<Node> Choose(IfNode choice, Evaluator evaluator)
    {
        foreach ((Expression condition, IReadOnlyList<Node> body) in choice.Branches)
        {
            if (Python.IsTrue(evaluator.Value(condition)))
                return body;
        }

        return choice.Else;
    }

    private static void Loop(ForNode loop, Evaluator outer, StringBuilder output)
    {
        List<object?> items = TemplateFilters.Items(outer.Value(loop.Items), loop.At);
        if (loop.Filter is not null)
        {
            var filtering = new Evaluator(new Dictionary<string, object?>(outer.Scope));
            items = [.. items.Where(item =>
            {
                Assign(loop.Names, item, filtering.Scope, loop.At);
                return Python.IsTrue(filtering.Value(loop.Filter));
            })];
        }

        if (items.Count == 0)
            Render(loop.Else, outer, output);
        for (int i = 0; i < items.Count; i++)
        {
            // In Jinja, assignments in the body of a loop are lost at the end of each iteration.
            var turn = new Evaluator(new Dictionary<string, object?>(outer.Scope));
            Assign(loop.Names, items[i], turn.Scope, loop.At);
            turn.Scope["loop"] = new OrderedDictionary<string, object?>
            {
                ["index"] = i + 1L,
                ["index0"] = (long)i,
                ["revindex"] = (long)(items.Count - i),
                ["revindex0"] = items.Count - i - 1L,
                ["first"] = i == 0,
                ["last"] = i == items.Count - 1,
                ["length"] = (long)items.Count,
            };
            Render(loop.Body, turn, output);
        }
    }

    private static void Assign(IReadOnlyList<string> names, object? value, Dictionary<string, object?> scope, Position at)
    {
        if (names.Count == 1)
        {
            scope[names[0]] = value;
            return;
        }

        List<object?> parts = TemplateFilters.Items(value, at);
        if (parts.Count != names.Count)
            throw at.Error($"cannot assign {parts.Count} values to {names.Count} names");
        for (int i = 0; i < parts.Count; i++)
            scope[names[i]] = parts[i];
    }
}
