namespace EvalHarness.Tasks.Functions.Overlap;

/// <summary>Computes the F-measure of ROUGE, 0 to 1, between a reference and an answer.</summary>
/// <remarks>
/// Source: Lin, "ROUGE: A Package for Automatic Evaluation of Summaries" (2004). Words are those of the Python package rouge_score
/// without a stemmer, with which the tests compare.
/// </remarks>
internal static class Rouge
{
    /// <summary>The overlap of n-grams of words.</summary>
    internal static double OfOrder(int order, string reference, string answer)
    {
        Dictionary<string, int> wanted = NGrams.Count(Words(reference), order), given = NGrams.Count(Words(answer), order);
        return FMeasure(NGrams.Common(wanted, given), wanted.Values.Sum(), given.Values.Sum());
    }

    /// <summary>
    /// The longest common subsequences of whole summaries (rougeLsum), whose sentences are lines. Every word counts at most as often as
    /// both texts have it.
    /// </summary>
    internal static double OfSummary(string reference, string answer)
    {
        string[][] wanted = Sentences(reference), given = Sentences(answer);
        Dictionary<string, int> wantedLeft = NGrams.Count([.. wanted.SelectMany(s => s)], 1);
        Dictionary<string, int> givenLeft = NGrams.Count([.. given.SelectMany(s => s)], 1);
        int all = wantedLeft.Values.Sum(), answered = givenLeft.Values.Sum(), hits = 0;
        foreach (string[] sentence in wanted)
        {
            foreach (int i in given.SelectMany(other => Common(sentence, other)).Distinct().Order())
            {
                string word = sentence[i];
                if (givenLeft.GetValueOrDefault(word) <= 0 || wantedLeft[word] <= 0)
                    continue;
                hits++;
                givenLeft[word]--;
                wantedLeft[word]--;
            }
        }

        return FMeasure(hits, all, answered);
    }

    private static string[][] Sentences(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Words)];

    /// <summary>Splits a text into its runs of ASCII letters and digits, in lower case.</summary>
    private static string[] Words(string text)
    {
        // Two other characters have lower-case forms that begin with an ASCII letter: the Kelvin sign and the dotted capital I.
        string lower = text.Replace('\u212a', 'k').Replace("\u0130", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();
        return NGrams.Words(string.Create(lower.Length, lower, (characters, from) =>
        {
            for (int i = 0; i < from.Length; i++)
                characters[i] = char.IsAsciiLetterOrDigit(from[i]) ? from[i] : ' ';
        }));
    }

    private static double FMeasure(int hits, int wanted, int given)
    {
        double precision = (double)hits / Math.Max(given, 1), recall = (double)hits / Math.Max(wanted, 1);
        return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
    }

    /// <summary>
    /// Returns which words of a sentence are in its longest common subsequence with another one. Of several, the one counts that is found
    /// from the end, where a step back in the first sentence comes before one in the other.
    /// </summary>
    private static List<int> Common(string[] sentence, string[] other)
    {
        int[,] lengths = new int[sentence.Length + 1, other.Length + 1];
        for (int i = 1; i <= sentence.Length; i++)
        {
            for (int j = 1; j <= other.Length; j++)
            {
                lengths[i, j] = sentence[i - 1] == other[j - 1]
                    ? lengths[i - 1, j - 1] + 1
                    : Math.Max(lengths[i - 1, j], lengths[i, j - 1]);
            }
        }

        var found = new List<int>();
        for (int i = sentence.Length, j = other.Length; i > 0 && j > 0;)
        {
            if (sentence[i - 1] == other[j - 1])
            {
                found.Add(--i);
                j--;
            }
            else if (lengths[i, j - 1] > lengths[i - 1, j])
            {
                j--;
            }
            else
            {
                i--;
            }
        }

        return found;
    }
}
