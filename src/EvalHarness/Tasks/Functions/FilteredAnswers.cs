using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// What filters made of the responses to one document. lm-evaluation-harness begins with a list of texts, and its filter take_first leaves
/// a text instead of a list, which a Python function can tell apart.
/// </summary>
/// <param name="Values">The answers: texts, unless a filter in Python made something else of them.</param>
/// <param name="IsSingle">Whether a filter left the one answer itself instead of a list.</param>
internal sealed record FilteredAnswers(IReadOnlyList<object?> Values, bool IsSingle)
{
    /// <summary>The answer itself or the list of answers, as Python functions are given it.</summary>
    internal object? Value => IsSingle ? Values[0] : Values;

    /// <param name="value">What a filter in Python left: a list of answers, or one answer.</param>
    internal static FilteredAnswers From(object? value) => value is IReadOnlyList<object?> and not PythonSequence
        ? new FilteredAnswers((IReadOnlyList<object?>)value, IsSingle: false)
        : new FilteredAnswers([value], IsSingle: true);

    /// <summary>The answers as texts.</summary>
    /// <exception cref="FunctionException">One of them is no text.</exception>
    internal IReadOnlyList<string> Texts() => Values as IReadOnlyList<string> ?? [.. Values.Select(value =>
        value as string ?? throw new FunctionException($"an earlier filter left {Python.TypeName(value)}; expected text"))];

    /// <summary>The answers as they are recorded: what is no text is written as Python prints it.</summary>
    internal IReadOnlyList<string> Printed() => Values as IReadOnlyList<string> ?? [.. Values.Select(Python.Str)];
}
