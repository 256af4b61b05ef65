namespace EvalHarness.Analysis.Comparing;

/// <summary>A document as two runs answered it; null where a run has no such document.</summary>
internal sealed record SamplePair(ComparedSample? Base, ComparedSample? Candidate)
{
    private const int Excerpt = 40;

    /// <exception cref="EvalException"><see cref="ExitCode.Incomparable"/>: a prompt differs.</exception>
    internal static IReadOnlyList<SamplePair> Match(RunSamples left, IReadOnlyDictionary<long, ComparedSample> baseSamples, RunSamples right, IReadOnlyDictionary<long, ComparedSample> candidateSamples, string task)
    {
        var pairs = new List<SamplePair>();
        foreach (long document in baseSamples.Keys.Union(candidateSamples.Keys).Order())
        {
            var pair = new SamplePair(baseSamples.GetValueOrDefault(document), candidateSamples.GetValueOrDefault(document));
            if (pair is { Base: { } a, Candidate: { } b } && !a.Prompts.SequenceEqual(b.Prompts))
                throw new EvalException(ExitCode.Incomparable, $"{task}, document {document}: the prompts differ, so the scores say nothing about the models; {Difference(a.Prompts, b.Prompts, left.Name, right.Name)}; run both with the same task, shots and template");
            pairs.Add(pair);
        }

        return pairs;
    }

    private static string Difference(IReadOnlyList<string> a, IReadOnlyList<string> b, string left, string right)
    {
        if (a.Count != b.Count)
            return $"{left} has {a.Count} texts, {right} {b.Count}";
        int text = Enumerable.Range(0, a.Count).First(i => a[i] != b[i]);
        int at = a[text].AsSpan().CommonPrefixLength(b[text]);
        return $"from character {at} on {left} has {Show(a[text], at)}, {right} {Show(b[text], at)}";
    }

    private static string Show(string text, int from) => text.Length == from ? "nothing" : $"'{EvalException.OneLine(text.Substring(from, Math.Min(Excerpt, text.Length - from)))}'";
}
