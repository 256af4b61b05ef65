namespace EvalHarness.Tasks.Functions.Overlap;

/// <summary>
/// Computes BLEU with n-grams of up to 4 words over a corpus, 0 to 100. Counts are smoothed exponentially.
/// </summary>
/// <remarks>
/// Source: Papineni et al., "BLEU" (2002); Chen and Cherry, "A Systematic Comparison of Smoothing Techniques" (2014), method 3. The
/// defaults are those of sacreBLEU's corpus_bleu, with which the tests compare. It is written here because no NuGet package offers it.
/// </remarks>
internal static class Bleu
{
    private const int MaxOrder = 4;

    /// <summary>How many counts an answer has.</summary>
    internal const int Counts = 2 + (2 * MaxOrder);

    /// <summary>Counts what the BLEU of a corpus is computed from, of texts that are tokenized as by mteval-v13a.</summary>
    internal static int[] Segment((string[] References, string Answer) item) =>
        Segment([.. item.References.Select(BleuTokens.Western)], BleuTokens.Western(item.Answer));

    /// <summary>Computes the BLEU of one answer, whose words stand for a corpus.</summary>
    internal static double One(string[] reference, string[] answer) =>
        Score([.. Segment([reference], answer).Select(count => (double)count)]);

    /// <summary>
    /// Counts, in this order, the words of the answer and of the reference, the matching n-grams by order, and all n-grams of the
    /// answer by order.
    /// </summary>
    private static int[] Segment(string[][] references, string[] words)
    {
        int[] statistics = new int[Counts];
        statistics[0] = words.Length;
        // The length of the reference is that of the closest one; of two equally close ones the shorter counts.
        statistics[1] = references.Select(r => r.Length).MinBy(length => (Math.Abs(length - words.Length), length));
        for (int order = 1; order <= MaxOrder; order++)
        {
            var wanted = new Dictionary<string, int>();
            foreach ((string key, int count) in references.SelectMany(r => NGrams.Count(r, order)))
                wanted[key] = Math.Max(wanted.GetValueOrDefault(key), count);
            statistics[1 + order] = NGrams.Common(NGrams.Count(words, order), wanted);
            statistics[1 + MaxOrder + order] = Math.Max(0, words.Length - order + 1);
        }

        return statistics;
    }

    /// <summary>Computes the BLEU of a corpus from the sums of the counts of its answers.</summary>
    internal static double Score(double[] sums)
    {
        (double answered, double wanted) = (sums[0], sums[1]);
        double brevity = answered >= wanted ? 1 : answered > 0 ? Math.Exp(1 - (wanted / answered)) : 0;
        if (sums.AsSpan(2, MaxOrder).IndexOfAnyExcept(0) < 0)
            return 0;
        double smooth = 1, logs = 0;
        for (int order = 1; order <= MaxOrder; order++)
        {
            double correct = sums[1 + order], total = sums[1 + MaxOrder + order];
            // Without any n-gram of this order the precision is 0, and like sacreBLEU this takes a very small number as its logarithm.
            double precision = 0;
            if (total > 0)
                precision = correct > 0 ? 100.0 * correct / total : 100 / ((smooth *= 2) * total);
            logs += precision == 0 ? -9999999999 : Math.Log(precision);
        }

        return brevity * Math.Exp(logs / MaxOrder);
    }
}
