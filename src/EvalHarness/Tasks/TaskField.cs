using EvalHarness.Data;
using EvalHarness.Pythonic;
using EvalHarness.Tasks.Functions;
using EvalHarness.Templates;

namespace EvalHarness.Tasks;

/// <summary>
/// The value of a key such as doc_to_text. It is the name of a column (whose raw value it gives), a template (which gives text), a
/// constant (an integer or a list) or a function. A text that is the name of no column of the document is a template, as in
/// lm-evaluation-harness, and a template without braces gives itself.
/// </summary>
public sealed class TaskField
{
    private readonly object _value;
    private readonly Template? _template;
    private readonly string _where;

    /// <param name="value">Text, an integer, a list or a <see cref="FieldFunction"/>.</param>
    /// <param name="where">The file, line and key with which error messages begin.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: the text is not a valid template.</exception>
    public TaskField(object value, string where)
    {
        _value = value;
        _where = where;
        try
        {
            _template = value is string text ? Template.Parse(text) : null;
        }
        catch (TemplateException e)
        {
            throw Error(e);
        }
    }

    /// <summary>The column that this field names if its text is a bare word, otherwise null.</summary>
    public string? Column => _value is string text && text.Length > 0 && text.All(c => char.IsLetterOrDigit(c) || c == '_')
        ? text
        : null;

    /// <summary>The text as written, or null for constants and functions.</summary>
    internal string? Source => _value as string;

    internal Template? Template => _template;

    /// <summary>The file, line and key, with which messages about the field begin.</summary>
    internal string Place => _where;

    /// <summary>Whether a function gives the value, so that nothing shows which columns it reads.</summary>
    internal bool IsFunction => _value is FieldFunction;

    /// <summary>Returns the raw value of the column, the text of the template, the constant, or the value of the function.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/>: the template does not fit the document. <see cref="ExitCode.Data"/>: the document lacks a column that
    /// the template uses, or the function cannot process it.
    /// </exception>
    public object? Resolve(IReadOnlyDictionary<string, object?> document)
    {
        if (_value is FieldFunction function)
            return Call(function, document);
        if (_value is not string text)
            return _value;
        return document.TryGetValue(text, out object? raw) ? raw : Render(document);
    }

    private object? Call(FieldFunction function, IReadOnlyDictionary<string, object?> document)
    {
        try
        {
            return function.Value(new Document(document));
        }
        catch (FunctionException e)
        {
            throw new EvalException(ExitCode.Data, $"{_where}: {e.Message}", e);
        }
    }

    private string Render(IReadOnlyDictionary<string, object?> document)
    {
        try
        {
            return _template!.Render(document);
        }
        catch (TemplateException e)
        {
            throw Error(e, _template!.Variables.All(document.ContainsKey) ? ExitCode.Task : ExitCode.Data);
        }
    }

    private EvalException Error(TemplateException e, ExitCode exitCode = ExitCode.Task) => new(exitCode, $"{_where}: {e.Message}", e);
}
