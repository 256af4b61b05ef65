using EvalHarness.Results;

namespace EvalHarness.Analysis.Comparing;

/// <summary>A document as two runs answered it, without the texts.</summary>
/// <param name="Document">Its number.</param>
/// <param name="Base">The base's numeric scores by "METRIC,FILTER"; null where the base has no such document.</param>
/// <param name="Candidate">The candidate's.</param>
/// <param name="Completions">Completions of the base, where both runs have the document.</param>
/// <param name="SameCompletions">How many of them are the same text in the candidate.</param>
internal sealed record SamplePair(
    long Document,
    IReadOnlyDictionary<string, double>? Base,
    IReadOnlyDictionary<string, double>? Candidate,
    int Completions,
    int SameCompletions)
{
    private const int Excerpt = 40;

    /// <exception cref="EvalException"><see cref="ExitCode.Incomparable"/>: a prompt differs.</exception>
    internal static IReadOnlyList<SamplePair> Match(
        string left, IReadOnlyList<SampleRow> baseSamples, string right, IReadOnlyList<SampleRow> candidateSamples, string task)
    {
        var ours = baseSamples.ToDictionary(s => s.DocumentId);
        var theirs = candidateSamples.ToDictionary(s => s.DocumentId);
        var pairs = new List<SamplePair>();
        foreach (long document in ours.Keys.Union(theirs.Keys).Order())
        {
            SampleRow? a = ours.GetValueOrDefault(document), b = theirs.GetValueOrDefault(document);
            if (a is not null && b is not null && !Prompts(a).SequenceEqual(Prompts(b)))
            {
                string difference = Difference([.. Prompts(a)], [.. Prompts(b)], left, right);
                throw new EvalException(
                    ExitCode.Incomparable,
                    $"{task}, document {document}: the prompts differ, so the scores say nothing about the models; {difference}; " +
                    "run both with the same task, shots and template");
            }

            (int completions, int same) = a is null || b is null
                ? (0, 0)
                : (a.Completions.Count, a.Completions.Zip(b.Completions).Count(c => c.First == c.Second));
            pairs.Add(new SamplePair(document, a?.NumericScores(), b?.NumericScores(), completions, same));
        }

        return pairs;
    }

    private static IEnumerable<string> Prompts(SampleRow row) =>
        (row.Contexts.Count > 0 ? row.Contexts : [row.Context]).Concat(row.Continuations);

    private static string Difference(IReadOnlyList<string> a, IReadOnlyList<string> b, string left, string right)
    {
        if (a.Count != b.Count)
            return $"{left} has {a.Count} texts, {right} {b.Count}";
        int text = Enumerable.Range(0, a.Count).First(i => a[i] != b[i]);
        int at = a[text].AsSpan().CommonPrefixLength(b[text]);
        return $"from character {at} on {left} has {Show(a[text], at)}, {right} {Show(b[text], at)}";
    }

    private static string Show(string text, int from) =>
        text.Length == from ? "nothing" : $"'{EvalException.OneLine(text.Substring(from, Math.Min(Excerpt, text.Length - from)))}'";
}
