using System.Text.Json.Serialization;
using EvalHarness.Results;

namespace EvalHarness.Html;

/// <summary>A document of a report.</summary>
/// <param name="First">Its row in the first run that has it, which says what was asked.</param>
/// <param name="Prompt">What was asked.</param>
/// <param name="Rows">Its row in each run; null where the run has no such document.</param>
/// <param name="Characters">About how long its texts are together.</param>
internal sealed record ReportSample(SampleRow First, string Prompt, SampleRow?[] Rows, int Characters)
{
    internal static ReportSample Of(JoinedSample sample)
    {
        SampleRow first = sample.Rows.First(r => r is not null)!;
        string prompt = first.Contexts.Count > 0 ? string.Join("\n---\n", first.Contexts) : first.Context;
        int answers = sample.Rows.Sum(r => r is null ? 0 : Lengths(r.Completions) + Lengths(r.Reasoning) + Lengths(r.Verdicts)
            + r.Answers.Sum(a => Lengths(a.Answers)) + (r.Detail?.Length ?? 0) + (r.Error?.Length ?? 0));
        int asked = prompt.Length + (first.Target?.Length ?? 0) + Lengths(first.Continuations);
        return new ReportSample(first, prompt, sample.Rows, asked + answers);
    }

    private static int Lengths(IReadOnlyList<string?> texts) => texts.Sum(text => text?.Length ?? 0);
}

/// <summary>What a run answered, without the scores, which are in the page's index.</summary>
internal sealed record PageAnswer(
    IReadOnlyList<string>? Completions,
    IReadOnlyList<string>? Reasoning,
    [property: JsonPropertyName("logLikelihoods")] IReadOnlyList<double?>? LogLikelihoods,
    string? Answers,
    string? Detail,
    IReadOnlyList<string>? Verdicts,
    string? Error)
{
    private const int DigitsOfLogLikelihoods = 6;

    internal static PageAnswer? Of(SampleRow? row) => row is null ? null : new PageAnswer(
        NullIfEmpty(row.Completions),
        NullIfEmpty(row.Reasoning),
        NullIfEmpty(row.LogLikelihoods)?.ConvertAll(n => double.IsFinite(n) ? Math.Round(n, DigitsOfLogLikelihoods) : (double?)null),
        row.Answers.Count == 0 ? null : row.AnswersJson(),
        row.Detail is null or "{}" or "[]" or "null" ? null : row.Detail,
        NullIfEmpty(row.Verdicts),
        row.Error);

    internal static List<T>? NullIfEmpty<T>(List<T> list) => list.Count > 0 ? list : null;
}
