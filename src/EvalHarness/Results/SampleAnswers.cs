using EvalHarness.Pythonic;

namespace EvalHarness.Results;

/// <summary>What a filter made of a document's completions.</summary>
/// <param name="Filter">The filter's name.</param>
/// <param name="Answers">An answer for each completion, or fewer where a step of the filter takes the first or the most frequent.</param>
public sealed record SampleAnswers(string Filter, IReadOnlyList<string?> Answers)
{
    /// <summary>Answers that another program wrote: what is no text is printed as Python prints it.</summary>
    /// <param name="filter">The filter's name.</param>
    /// <param name="answers">A list of answers, or one alone.</param>
    internal static SampleAnswers Of(string filter, object? answers) =>
        new(filter, [.. (answers as IReadOnlyList<object?> ?? [answers]).Select(a => a is null ? null : Python.Str(a))]);
}
