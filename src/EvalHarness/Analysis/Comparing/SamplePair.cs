using EvalHarness.Results;

namespace EvalHarness.Analysis.Comparing;

/// <summary>A document as two runs answered it, without the texts.</summary>
/// <param name="Document">Its number.</param>
/// <param name="Base">The base's numeric scores by "METRIC,FILTER"; null where the base has no such document.</param>
/// <param name="Candidate">The candidate's.</param>
/// <param name="Completions">Completions of the base, where both runs have the document.</param>
/// <param name="SameCompletions">How many of them are the same text in the candidate.</param>
/// <param name="OtherTemplate">Whether both were asked the same conversation, which their chat templates write differently.</param>
internal sealed record SamplePair(
    long Document,
    IReadOnlyDictionary<string, double>? Base,
    IReadOnlyDictionary<string, double>? Candidate,
    int Completions,
    int SameCompletions,
    bool OtherTemplate)
{
    private const int Excerpt = 40;

    /// <remarks>
    /// Conversations are compared by their messages, because each model's own chat template makes another text of them. Prompts that are
    /// texts are compared as they are.
    /// </remarks>
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
            if (a is not null && b is not null && !a.AsksTheSameAs(b))
            {
                throw new EvalException(
                    ExitCode.Incomparable,
                    $"{task}, document {document}: the prompts differ, so the scores say nothing about the models; "
                    + $"{Difference(a, b, left, right)}");
            }

            (int completions, int same) = a is null || b is null
                ? (0, 0)
                : (a.Completions.Count, a.Completions.Zip(b.Completions).Count(c => c.First == c.Second));
            bool otherTemplate = a is not null && b is not null && !a.AllContexts.SequenceEqual(b.AllContexts);
            pairs.Add(new SamplePair(document, a?.NumericScores(), b?.NumericScores(), completions, same, otherTemplate));
        }

        return pairs;
    }

    private static string Difference(SampleRow a, SampleRow b, string left, string right)
    {
        const string advice = "run both with the same task, shots and template";
        if (a.MessagesSha256.Count > 0 != b.MessagesSha256.Count > 0)
        {
            (string chat, string text) = a.MessagesSha256.Count > 0 ? (left, right) : (right, left);
            return $"{chat} asked conversations and {text} texts, or is of a version that did not record which; "
                + "run both with --apply-chat-template, or both without it";
        }

        // The texts of two templates, or of a template and of none, differ from the first character and say nothing.
        bool otherTexts = a.HasMessagesAs(b) && a.AllContexts[0].AsSpan().CommonPrefixLength(b.AllContexts[0]) == 0;
        return otherTexts
            ? $"the conversations of {left} have other messages than those of {right} (their messages_sha256 differ); {advice}"
            : $"{Difference([.. a.AllContexts, .. a.Continuations], [.. b.AllContexts, .. b.Continuations], left, right)}; {advice}";
    }

    private static string Difference(IReadOnlyList<string> a, IReadOnlyList<string> b, string left, string right)
    {
        if (a.Count != b.Count)
            return $"{left} has {a.Count} texts, {right} {b.Count}";
        int text = Enumerable.Range(0, a.Count).FirstOrDefault(i => a[i] != b[i], -1);
        if (text < 0)
            return $"{left} and {right} divide the same text into other turns";
        int at = a[text].AsSpan().CommonPrefixLength(b[text]);
        return $"from character {at} on {left} has {Show(a[text], at)}, {right} {Show(b[text], at)}";
    }

    private static string Show(string text, int from) =>
        text.Length == from ? "nothing" : $"'{EvalException.OneLine(text.Substring(from, Math.Min(Excerpt, text.Length - from)))}'";
}
