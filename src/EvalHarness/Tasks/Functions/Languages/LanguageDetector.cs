using System.Text;
using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions.Languages;

/// <summary>Detects the language of a text by its sequences of one to three letters.</summary>
/// <remarks>
/// Source: Nakatani, "Language Detection Library for Java" (2010), as ported by Python's langdetect 1.0.9. langdetect draws at random.
/// Here the seed is always 0, so that a response always has the same score.
/// </remarks>
internal sealed partial class LanguageDetector(LanguageProfiles profiles)
{
    private const int Trials = 7;
    private const int MaxCharacters = 10_000;
    private const int MaxIterations = 1_000;
    private const double Alpha = 0.5;
    private const double AlphaWidth = 0.05;
    private const double BaseFrequency = 10_000;
    private const double Converged = 0.99999;
    private const double Threshold = 0.1;

    /// <returns>A code such as "en", "unknown" if no language is likely, or null for a text without letters.</returns>
    internal string? Detect(string text)
    {
        List<double[]> features = [.. Features(Clean(text))];
        if (features.Count == 0)
            return null;
        double[] sums = new double[profiles.Languages.Count];
        var random = new MersenneTwister(0);
        for (int trial = 0; trial < Trials; trial++)
        {
            double[] probabilities = Try(features, random);
            for (int i = 0; i < sums.Length; i++)
                sums[i] += probabilities[i] / Trials;
        }

        int best = Array.IndexOf(sums, sums.Max());
        return sums[best] > Threshold ? profiles.Languages[best] : "unknown";
    }

    private double[] Try(List<double[]> features, MersenneTwister random)
    {
        double[] probabilities = new double[profiles.Languages.Count];
        Array.Fill(probabilities, 1.0 / probabilities.Length);
        double weight = (Alpha + (random.NextGaussian() * AlphaWidth)) / BaseFrequency;
        for (int i = 0; ; i++)
        {
            double[] feature = features[random.NextBelow(features.Count)];
            for (int j = 0; j < probabilities.Length; j++)
                probabilities[j] *= weight + feature[j];
            if (i % 5 == 0 && (Normalise(probabilities) > Converged || i >= MaxIterations))
                return probabilities;
        }
    }

    private static double Normalise(double[] probabilities)
    {
        double sum = 0, largest = 0;
        foreach (double p in probabilities)
            sum += p;
        for (int i = 0; i < probabilities.Length; i++)
        {
            probabilities[i] /= sum;
            largest = Math.Max(largest, probabilities[i]);
        }

        return largest;
    }

    /// <summary>
    /// Removes links, mail addresses and doubled spaces, and also Latin letters if they are few among letters of other scripts.
    /// </summary>
    private string Clean(string text)
    {
        text = Mail().Replace(Link().Replace(text, " "), " ");
        string bases = profiles.Text("TO_NORMALIZE_VI_CHARS"), marks = profiles.Text("DMARK_CLASS");
        var kept = new StringBuilder();
        char before = '\0';
        int taken = 0;
        for (int i = 0; i < text.Length && taken < MaxCharacters; i++, taken++)
        {
            char c = text[i];
            // A letter with a combining mark, as in Vietnamese, becomes one character.
            if (i + 1 < text.Length
                && bases.IndexOf(c, StringComparison.Ordinal) is >= 0 and var letter
                && marks.IndexOf(text[i + 1], StringComparison.Ordinal) is >= 0)
                c = profiles.Text($"NORMALIZED_VI_CHARS_{(int)text[++i]:X4}") is { } whole && letter < whole.Length ? whole[letter] : c;
            if (c != ' ' || before != ' ')
                kept.Append(c);
            before = c;
        }

        string cleaned = kept.ToString();
        int latin = cleaned.Count(c => c is >= 'A' and <= 'z'), other = cleaned.Count(c => c >= '\u0300' && !char.IsLowSurrogate(c));
        return latin * 2 < other ? string.Concat(cleaned.Where(c => c is < 'A' or > 'z')) : cleaned;
    }

    /// <summary>
    /// Returns the probabilities by language of each sequence of one to three letters that a profile contains. Words in capitals are
    /// ignored.
    /// </summary>
    private IEnumerable<double[]> Features(string text)
    {
        string run = " ";
        bool capitals = false;
        foreach (char raw in text)
        {
            char c = profiles.Normalise(raw), last = run[^1];
            if (last == ' ')
            {
                (run, capitals) = (" ", false);
            }
            else if (run.Length >= 3)
            {
                run = run[1..];
            }

            if (last != ' ' || c != ' ')
            {
                run += c;
                capitals = char.IsUpper(c) && (capitals || char.IsUpper(last));
            }

            for (int n = 1; !capitals && n <= run.Length; n++)
            {
                string part = run[^n..];
                if (part != " " && profiles.Probabilities(part) is { } feature)
                    yield return feature;
            }
        }
    }

    [GeneratedRegex(@"https?://[-_.?&~;+=/#0-9A-Za-z]{1,2076}")]
    private static partial Regex Link();

    [GeneratedRegex(@"[-_.0-9A-Za-z]{1,64}@[-_0-9A-Za-z]{1,255}[-_.0-9A-Za-z]{1,255}")]
    private static partial Regex Mail();
}
