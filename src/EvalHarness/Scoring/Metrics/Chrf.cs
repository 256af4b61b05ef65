using EvalHarness.Tasks.Functions.Overlap;

namespace EvalHarness.Scoring.Metrics;

/// <summary>
/// Computes chrF, the F-score of character n-grams of up to 6 characters without whitespace, 0 to 100. Recall has twice the weight of
/// precision (beta = 2).
/// </summary>
/// <remarks>
/// Source: Popović, "chrF: character n-gram F-score for automatic MT evaluation" (2015). The defaults are those of sacreBLEU's
/// corpus_chrf, with which the tests compare.
/// </remarks>
internal static class Chrf
{
    private const int MaxOrder = 6;

    /// <summary>The square of beta.</summary>
    private const double Factor = 4;

    /// <summary>How many counts an answer has.</summary>
    internal const int Counts = 3 * MaxOrder;

    /// <summary>
    /// Counts for each order the n-grams of the answer, of the reference and of both. Of several references the one with the best
    /// score counts.
    /// </summary>
    internal static int[] Segment((string[] References, string Answer) item)
    {
        Dictionary<string, int>[] answered = Count(item.Answer);
        int[] best = [];
        double bestScore = -1;
        foreach (string reference in item.References)
        {
            Dictionary<string, int>[] wanted = Count(reference);
            int[] statistics = [.. Enumerable.Range(0, MaxOrder).SelectMany(i => new[]
            {
                // If the reference has no n-gram of this order, sacreBLEU does not count those of the answer either.
                wanted[i].Count == 0 ? 0 : answered[i].Values.Sum(),
                wanted[i].Values.Sum(),
                NGrams.Common(answered[i], wanted[i]),
            })];
            if (Score([.. statistics.Select(count => (double)count)]) is var score && score > bestScore)
                (best, bestScore) = (statistics, score);
        }

        return best;
    }

    private static Dictionary<string, int>[] Count(string text)
    {
        string[] characters = [.. text.EnumerateRunes()
            .Select(r => r.ToString())
            .Where(c => !(c.Length == 1 && Pythonic.Python.IsSpace(c[0])))];
        return [.. Enumerable.Range(1, MaxOrder).Select(order => NGrams.Count(characters, order))];
    }

    /// <summary>Computes the chrF of a corpus from the sums of the counts of its answers.</summary>
    internal static double Score(double[] sums)
    {
        double precision = 0, recall = 0;
        int orders = 0;
        for (int i = 0; i < MaxOrder; i++)
        {
            (double answered, double wanted, double both) = (sums[3 * i], sums[(3 * i) + 1], sums[(3 * i) + 2]);
            if (answered == 0 || wanted == 0)
                continue;
            precision += both / answered;
            recall += both / wanted;
            orders++;
        }

        if (orders > 0)
        {
            precision /= orders;
            recall /= orders;
        }

        return precision + recall == 0 ? 0 : 100 * ((1 + Factor) * precision * recall / ((Factor * precision) + recall));
    }
}
