using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>
/// A template in Jinja: of a task, or of the conversations of a model. Its output is not escaped. A template does not change after parsing,
/// so several threads can render it at once.
/// </summary>
/// <remarks>
/// Source: the template designer documentation of Jinja 3.1, and the environments of lm-evaluation-harness and of transformers.
/// </remarks>
internal sealed class Template
{
    private readonly IReadOnlyList<Node> _nodes;
    private readonly TemplateOptions _options;

    private Template(string source, IReadOnlyList<Node> nodes, TemplateOptions options)
    {
        Source = source;
        _nodes = nodes;
        _options = options;
    }

    public string Source { get; }

    internal IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>The names of the variables that must be defined to render the template.</summary>
    public IReadOnlySet<string> Variables => VariableFinder.Find(_nodes);

    /// <summary>Parses the template of a task.</summary>
    /// <exception cref="TemplateException">The text is not a valid template.</exception>
    public static Template Parse(string source) => Parse(source, TemplateOptions.Task);

    /// <exception cref="TemplateException">The text is not a valid template.</exception>
    internal static Template Parse(string source, TemplateOptions options) =>
        new(source, new TemplateParser(new Lexer(source, options).Run(), options).Parse(), options);

    /// <param name="variables">The values of the variables, which are plain values as in a <see cref="Data.Document"/>.</param>
    /// <exception cref="TemplateException">A name is undefined, or an operation cannot be applied to its values.</exception>
    public string Render(IReadOnlyDictionary<string, object?> variables) => Render(variables, null);

    /// <param name="variables">The values of the variables, which are plain values as in a <see cref="Data.Document"/>.</param>
    /// <param name="globals">Functions that the template may call, by name; variables of the same name hide them.</param>
    /// <exception cref="TemplateException">A name is undefined, or an operation cannot be applied to its values.</exception>
    internal string Render(IReadOnlyDictionary<string, object?> variables, IReadOnlyDictionary<string, object?>? globals)
    {
        if (_nodes is [TextNode only])
            return only.Text;
        var rendering = new Rendering(_options);
        var start = new Position(1, 1);
        try
        {
            return Renderer.Text(_nodes, new Evaluator(Scope.Outermost(globals, variables), rendering), start);
        }
        catch (PythonLimitException e)
        {
            throw start.Error(e.Message);
        }
    }
}
