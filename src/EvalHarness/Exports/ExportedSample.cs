using System.Text;
using EvalHarness.Pythonic;
using EvalHarness.Results;
using EvalHarness.Scoring;

namespace EvalHarness.Exports;

/// <summary>What records for others have of a document, read from its row in the samples file.</summary>
internal sealed class ExportedSample
{
    private readonly string[] _choices;

    /// <param name="row">The row.</param>
    /// <param name="delimiter">What stands before each choice in its continuation.</param>
    public ExportedSample(SampleRow row, string delimiter)
    {
        Row = row;
        string[] all = [.. row.Continuations.Select(c => c.StartsWith(delimiter, StringComparison.Ordinal) ? c[delimiter.Length..] : c)];
        _choices = all[..row.ChoiceCount];
        // Where the choices stand in the contexts, all of them are followed by the same text.
        ChoiceTexts = _choices.Length < 2 ? null : _choices.Distinct().Count() > 1 ? _choices : row.AllContexts;
    }

    public SampleRow Row { get; }

    /// <summary>Why the document has no score under at least one filter; null if it has one under all.</summary>
    public string? Error => Row.Error;

    /// <summary>The choices in their order; null where a document has none.</summary>
    public IReadOnlyList<string>? ChoiceTexts { get; }

    /// <summary>The reference answers as texts: the choices that numbers name, a text, or those of a list.</summary>
    public IReadOnlyList<string> References => Row.TargetValue() switch
    {
        null => [],
        IReadOnlyList<object?> several => [.. several.Select(Reference)],
        var one => [Reference(one)],
    };

    /// <summary>An index below 0 is right of no choice, so that it stays a number.</summary>
    private string Reference(object? target) =>
        ChoiceTexts is { } choices && MultipleChoiceGrader.IndexOf(target, choices) is >= 0 and var index
            ? choices[index]
            : Python.Str(target);

    /// <returns>The score under "METRIC,FILTER"; null where there is none, or it is no number.</returns>
    public double? Score(string key) => Row.Scores.FirstOrDefault(s => s.Key == key)?.Number;

    /// <returns>
    /// What the model answered: its completions; of choices the one that the metric takes for the answer; of a single continuation that
    /// text if it is the model's likeliest.
    /// </returns>
    public IReadOnlyList<string> Answers(string metric) => Row.Completions.Count > 0 ? Row.Completions
        : ChoiceTexts is { } choices ? Row.LogLikelihoods.Count < _choices.Length ? [] : [choices[Chosen(metric)]]
        : Row.IsGreedy is [true] ? _choices
        : [];

    /// <returns>What a filter left of each completion; of choices the answer; of a single continuation whether it is greedy.</returns>
    public IReadOnlyList<string> Extracted(string metric, string filter) =>
        Row.Completions.Count > 0 ? [.. Row.Answers.FirstOrDefault(a => a.Filter == filter)?.Answers.OfType<string>() ?? []]
        : ChoiceTexts is not null ? Answers(metric)
        : Row.IsGreedy is [var greedy] ? [Python.Str(greedy)]
        : [];

    /// <summary>The likeliest choice as the grader of the metric finds it; the first of equal ones.</summary>
    private int Chosen(string metric) => Enumerable.Range(0, _choices.Length).MaxBy(choice => metric switch
    {
        "acc_norm" => Row.LogLikelihoods[choice] / _choices[choice].EnumerateRunes().Count(),
        "acc_bytes" => Row.LogLikelihoods[choice] / Encoding.UTF8.GetByteCount(_choices[choice]),
        "acc_mutual_info" when Row.LogLikelihoods.Count == 2 * _choices.Length =>
            Row.LogLikelihoods[choice] - Row.LogLikelihoods[_choices.Length + choice],
        _ => Row.LogLikelihoods[choice],
    });
}
