using EvalHarness.Data;
using EvalHarness.Pythonic;
using EvalHarness.Tasks.Functions;
using EvalHarness.Templates;

namespace EvalHarness.Tasks;

/// <summary>
/// A key such as doc_to_text: a column's name (gives the column's raw value), a template (gives text), a constant (integer
/// or list), or a function.
/// </summary>
public sealed class TaskField
{
    private readonly object _value;
    private readonly Template? _template;
    private readonly string _where;

    /// <param name="value">Text, an integer, a list, or a <see cref="FieldFunction"/>.</param>
    /// <param name="where">File and key, for messages.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: the text is no template.</exception>
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

    /// <summary>The column that this field names, if the text is a bare word.</summary>
    public string? Column => _value is string text && text.Length > 0 && text.All(c => char.IsLetterOrDigit(c) || c == '_') ? text : null;

    /// <summary>The text as written; null for constants and functions.</summary>
    internal string? Source => _value as string;

    internal Template? Template => _template;

    /// <summary>Columns that the template names.</summary>
    public IEnumerable<string> Variables => _template is null ? [] : _template.Variables;

    /// <summary>Columns that a dataset must have where this field is a question or an answer: a bare word is one of them.</summary>
    public IEnumerable<string> Columns => Column is { } column ? [column] : Variables;

    /// <summary>Raw value, text, or constant.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: the template does not fit the document.</exception>
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
            throw Error(e);
        }
    }

    private EvalException Error(TemplateException e) => new(ExitCode.Task, $"{_where}: {e.Message}", e);
}
