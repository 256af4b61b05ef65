using EvalHarness.Data;
using EvalHarness.Pythonic;
using EvalHarness.Tasks;
using EvalHarness.Templates;

namespace EvalHarness.Prompts;

/// <summary>
/// Evaluates a task's fields for a document and converts the values as lm-evaluation-harness does.
/// </summary>
/// <param name="task">The task, which error messages name.</param>
/// <param name="where">The task and document as error messages begin with them.</param>
internal sealed class FieldValues(TaskDefinition task, string where)
{
    /// <summary>Returns the field's text, or null if the task has no such field.</summary>
    internal string? Text(TaskField? field, Document document) => (field is null ? null : Value(field, document)) switch
    {
        null when field is null => null,
        string text => text,
        null => throw new EvalException(
            ExitCode.Data,
            $"{where}: {field.Place}: {(field.Column is { } column ? $"column {column}" : "the value")} is null; expected text"),
        var other => throw new EvalException(
            ExitCode.Data,
            $"{where}: {field!.Place}: a prompt is made of {Python.TypeName(other)}; "
            + $"expected text (a column of {task.DatasetPath}, or a template)"),
    };

    /// <summary>
    /// Returns the question as text, or as the index (long) of the right choice if the choices are written into the question.
    /// </summary>
    internal object Question(TaskField field, TaskField? choices, Document document)
    {
        object? value = Value(field, document);
        if (value is long or bool && choices is not null)
            return value is true ? 1L : value is false ? 0L : value;
        if (value is string text && choices is not null && IsColumn(field, document) is false && IsDigits(text))
        {
            return long.TryParse(text, out long index)
                ? index
                : throw new EvalException(ExitCode.Data, $"{where}: {text} is the number of no choice; it does not fit into 64 bits");
        }

        return Text(field, document)!;
    }

    /// <summary>Returns the choices as texts, at least one. A printed Python list is parsed.</summary>
    internal IReadOnlyList<string> Choices(TaskField field, Document document)
    {
        object? value = Value(field, document);
        if (value is string text && (!PythonLiteral.TryParse(text, out value) || value is not IReadOnlyList<object?>))
            throw new EvalException(ExitCode.Task, $"{where}: doc_to_choice gives {Python.Quote(text)}; expected a list");
        if (value is not IReadOnlyList<object?> { Count: > 0 } list || list.Any(choice => choice is null))
        {
            throw new EvalException(
                ExitCode.Data, $"{where}: doc_to_choice gives {Python.TypeName(value)}; expected a list of texts that is not empty");
        }

        return [.. list.Select(Python.Str)];
    }

    /// <summary>
    /// Returns the target. A template's text of digits becomes an index if there are choices, and a printed Python list becomes a list.
    /// </summary>
    internal object? Target(TaskField field, TaskField? choices, Document document)
    {
        object? value = Value(field, document);
        if (value is not string text || IsColumn(field, document))
            return value;
        if (choices is not null && IsDigits(text) && long.TryParse(text, out long index))
            return index;
        return text is ['[', .., ']'] && PythonLiteral.TryParse(text, out object? list) ? list : text;
    }

    /// <summary>Returns the text that represents a target in a few-shot example or a continuation.</summary>
    internal string Answer(object? target, IReadOnlyList<string>? choices) => target switch
    {
        long index when choices is { Count: > 0 } => Choice(index, choices),
        bool flag when choices is { Count: > 0 } => Choice(flag ? 1 : 0, choices),
        IReadOnlyList<object?> { Count: > 0 } list => Python.Str(list[0]),
        string text => text,
        null => throw new EvalException(ExitCode.Data, $"{where}: doc_to_target gives null; expected an answer"),
        _ => throw new EvalException(
            ExitCode.Data,
            $"{where}: doc_to_target gives {Python.TypeName(target)}; expected text, or an index with doc_to_choice"),
    };

    private string Choice(long index, IReadOnlyList<string> choices) => index >= -choices.Count && index < choices.Count
        ? choices[(int)(index < 0 ? index + choices.Count : index)]
        : throw new EvalException(ExitCode.Data, $"{where}: the answer is choice {index} of {choices.Count}");

    private object? Value(TaskField field, Document document)
    {
        try
        {
            return field.Resolve(document.Values);
        }
        catch (EvalException e)
        {
            throw new EvalException(e.ExitCode, $"{where}: {e.Message}", e);
        }
    }

    private static bool IsColumn(TaskField field, Document document) => field.Source is { } source && document.Values.ContainsKey(source);

    private static bool IsDigits(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);
}
