using System.Numerics;
using EvalHarness.Data;
using EvalHarness.Pythonic;
using EvalHarness.Tasks;

namespace EvalHarness.Prompts;

/// <summary>
/// Evaluates a task's fields for a document and converts the values as lm-evaluation-harness does: the text of a template may stand for an
/// index or a list, and what a function returns stands for itself.
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
        if (PythonInteger.Is(value) && choices is not null)
            return AsIndex(value)!;
        if (value is string text && choices is not null && IsTemplate(field, document) && IsDigits(text))
            return Index(text) is long index ? index : throw Error(ExitCode.Data, $"{text} is the number of no choice");

        return Text(field, document)!;
    }

    /// <summary>Returns the choices as texts, at least one. A Python list that a template or a column prints is parsed.</summary>
    internal IReadOnlyList<string> Choices(TaskField field, Document document)
    {
        object? value = Value(field, document);
        if (value is string text && (field.IsFunction || !Literal(text, "doc_to_choice", out value) || value is not IReadOnlyList<object?>))
            throw Error(ExitCode.Task, $"doc_to_choice gives {Python.Quote(text)}; expected a list");
        if (value is not IReadOnlyList<object?> { Count: > 0 } list || list.Any(choice => choice is null))
            throw Error(ExitCode.Data, $"doc_to_choice gives {Python.TypeName(value)}; expected a list of texts that is not empty");
        return [.. list.Select(Python.Str)];
    }

    /// <summary>
    /// Returns the target. A template's text of digits becomes an index if there are choices, and a printed Python list becomes a list.
    /// </summary>
    internal object? Target(TaskField field, TaskField? choices, Document document)
    {
        object? value = Value(field, document);
        if (value is not string text || !IsTemplate(field, document))
            return choices is null ? value : AsIndex(value);
        if (choices is not null && IsDigits(text))
            return Index(text);
        return text is ['[', .., ']'] && Literal(text, "doc_to_target", out object? list) ? list : text;
    }

    /// <summary>
    /// Returns the text that represents a target in a few-shot example or a continuation: the right choice for an index, the first item of
    /// a list of texts, or the text itself.
    /// </summary>
    internal string Answer(object? target, IReadOnlyList<string>? choices) => target switch
    {
        string text => text,
        _ when PythonInteger.From(target) is { } index && choices is { Count: > 0 } => Choice(index, choices),
        IReadOnlyList<object?> and { Count: > 0 } and not PythonSequence and var list => list[0] as string ?? throw Error(
                ExitCode.Data,
                $"doc_to_target gives the list {Python.Str(target)}, and the answer would be its first item; expected a text there"),
        null => throw Error(ExitCode.Data, "doc_to_target gives null; expected an answer"),
        _ => throw Error(
            ExitCode.Data, $"doc_to_target gives {Python.TypeName(target)}; expected text, or an index with doc_to_choice"),
    };

    private string Choice(BigInteger index, IReadOnlyList<string> choices) => index >= -choices.Count && index < choices.Count
        ? choices[(int)(index.Sign < 0 ? index + choices.Count : index)]
        : throw Error(ExitCode.Data, $"the answer is choice {index} of {choices.Count}");

    /// <summary>True and False are the indices 1 and 0.</summary>
    private static object? AsIndex(object? value) => value is bool flag ? (flag ? 1L : 0L) : value;

    /// <summary>The index that a text of digits is.</summary>
    private object Index(string text)
    {
        if (text.All(char.IsAsciiDigit) && (text[0] != '0' || text.All(c => c == '0')))
            return PythonInteger.Parse(text, 10)!;
        throw Error(ExitCode.Data, $"{Python.Quote(text)} is no index of a choice, because Python does not read it as an integer");
    }

    /// <summary>Reads a printed literal of Python; false if the text is none.</summary>
    private bool Literal(string text, string key, out object? value)
    {
        try
        {
            return PythonLiteral.TryRead(text, out value);
        }
        catch (PythonLimitException e)
        {
            throw Error(ExitCode.Task, $"{key} gives {Python.Quote(Shortened(text))}: {e.Message}");
        }
    }

    private static string Shortened(string text) => text.Length <= 80 ? text : text[..80] + "...";

    private EvalException Error(ExitCode code, string message) => new(code, $"{where}: {message}");

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

    private static bool IsTemplate(TaskField field, Document document) =>
        !field.IsFunction && !(field.Source is { } source && document.Values.ContainsKey(source));

    /// <summary>Python's <c>str.isdigit</c>.</summary>
    private static bool IsDigits(string text) =>
        text.Length > 0 && text.EnumerateRunes().All(r => PythonCharacters.Is(r, CharacterProperties.Digit));
}
