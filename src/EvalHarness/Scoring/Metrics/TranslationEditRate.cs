using EvalHarness.Pythonic;

namespace EvalHarness.Scoring.Metrics;

/// <summary>TER over a corpus: insertions, deletions, substitutions and shifts of word runs per reference word, in percent.</summary>
/// <remarks>
/// Source: Snover et al., "A Study of Translation Edit Rate" (2006); the limits and preferences of Tercom as sacreBLEU's
/// corpus_ter keeps them, against which the tests compare: case folded, no other normalisation.
/// </remarks>
internal static class TranslationEditRate
{
    private const int MaxShiftSize = 10;
    private const int MaxShiftDistance = 50;
    private const int MaxCandidates = 1_000;

    internal static Func<ReadOnlySpan<int>, double> Corpus((string[] References, string Answer)[] items)
    {
        (double Edits, double Length)[] statistics = [.. items.Select(item => Segment(item.References, item.Answer))];
        return sample =>
        {
            double edits = 0, length = 0;
            foreach (int i in sample)
            {
                edits += statistics[i].Edits;
                length += statistics[i].Length;
            }

            return 100 * (length > 0 ? edits / length : edits > 0 ? 1 : 0);
        };
    }

    private static (double Edits, double Length) Segment(string[] references, string answer)
    {
        string[] words = Words(answer);
        string[][] wanted = [.. references.Select(Words)];
        return (wanted.Min(w => Edits(words, w)), wanted.Average(w => (double)w.Length));
    }

    private static string[] Words(string text) => NGrams.Words(Python.Strip(text, null, left: false, right: true).ToLowerInvariant());

    internal static int Edits(string[] words, string[] wanted)
    {
        if (wanted.Length == 0)
            return words.Length;
        int shifts = 0, candidates = 0;
        while (true)
        {
            (int gain, string[] shifted) = BestShift(words, wanted, ref candidates);
            if (candidates >= MaxCandidates || gain <= 0)
                break;
            shifts++;
            words = shifted;
        }

        return shifts + new WordAlignment(words, wanted).Distance;
    }

    /// <summary>The shift that saves most; of equals the longest, then the earliest, then the one to the earliest place.</summary>
    private static (int Gain, string[] Words) BestShift(string[] words, string[] wanted, ref int candidates)
    {
        var alignment = new WordAlignment(words, wanted);
        (int Gain, int Length, int Start, int Target) best = default;
        string[]? bestWords = null;
        foreach ((int start, int startWanted, int length) in Matches(words, wanted))
        {
            if (!alignment.WrongInAnswer(start, length) || !alignment.WrongInReference(startWanted, length)
                || (alignment.Place(startWanted) >= start && alignment.Place(startWanted) < start + length))
                continue;
            int previous = -1;
            for (int offset = -1; offset < length; offset++)
            {
                int target = startWanted + offset == -1 ? 0 : alignment.Place(startWanted + offset) is { } place ? place + 1 : -1;
                if (target < 0)
                    break;
                if (target == previous)
                    continue;
                previous = target;
                string[] shifted = Shift(words, start, length, target);
                (int, int, int, int) candidate = (alignment.Distance - new WordAlignment(shifted, wanted).Distance, length, -start, -target);
                candidates++;
                if (bestWords is null || candidate.CompareTo(best) > 0)
                    (best, bestWords) = (candidate, shifted);
            }

            if (candidates >= MaxCandidates)
                break;
        }

        return bestWords is null ? (0, words) : (best.Gain, bestWords);
    }

    private static IEnumerable<(int Start, int StartWanted, int Length)> Matches(string[] words, string[] wanted)
    {
        for (int start = 0; start < words.Length; start++)
        {
            for (int startWanted = 0; startWanted < wanted.Length; startWanted++)
            {
                if (Math.Abs(startWanted - start) > MaxShiftDistance)
                    continue;
                for (int length = 1; length <= MaxShiftSize && start + length <= words.Length && startWanted + length <= wanted.Length && words[start + length - 1] == wanted[startWanted + length - 1]; length++)
                    yield return (start, startWanted, length);
            }
        }
    }

    private static string[] Shift(string[] words, int start, int length, int target)
    {
        string[] moved = words[start..(start + length)];
        if (target < start)
            return [.. words[..target], .. moved, .. words[target..start], .. words[(start + length)..]];
        if (target > start + length)
            return [.. words[..start], .. words[(start + length)..target], .. moved, .. words[target..]];
        int behind = Math.Min(words.Length, length + target);
        return [.. words[..start], .. words[(start + length)..behind], .. moved, .. words[behind..]];
    }
}
