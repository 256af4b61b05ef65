using EvalHarness.Pythonic;
using EvalHarness.Tasks.Functions.Overlap;

namespace EvalHarness.Scoring.Metrics;

/// <summary>
/// Computes TER over a corpus in percent: the insertions, deletions, substitutions and shifts of word sequences per reference word.
/// </summary>
/// <remarks>
/// Source: Snover et al., "A Study of Translation Edit Rate" (2006). The limits and preferences are those of Tercom as implemented by
/// sacreBLEU's corpus_ter, with which the tests compare. Texts are folded to lower case and not normalised otherwise.
/// </remarks>
internal static class TranslationEditRate
{
    private const int MaxShiftSize = 10;
    private const int MaxShiftDistance = 50;
    private const int MaxCandidates = 1_000;

    /// <summary>Counts the edits of an answer, and the words of its references on average.</summary>
    internal static double[] Segment((string[] References, string Answer) item)
    {
        string[] words = Words(item.Answer);
        string[][] wanted = [.. item.References.Select(Words)];
        return [wanted.Min(w => Edits(words, w)), wanted.Average(w => (double)w.Length)];
    }

    /// <summary>Computes the TER of a corpus from the sums of its answers' edits and reference words.</summary>
    internal static double Score(double[] sums) => 100 * (sums[1] > 0 ? sums[0] / sums[1] : sums[0] > 0 ? 1 : 0);

    private static string[] Words(string text) =>
        NGrams.Words(Python.Strip(text, null, left: false, right: true).Lower());

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

    /// <summary>
    /// Returns the shift that saves the most edits. Ties are broken in favour of the longest sequence, then the one that starts first,
    /// then the one that moves to the earliest place.
    /// </summary>
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
                int gain = alignment.Distance - new WordAlignment(shifted, wanted).Distance;
                (int, int, int, int) candidate = (gain, length, -start, -target);
                candidates++;
                if (bestWords is null || candidate.CompareTo(best) > 0)
                    (best, bestWords) = (candidate, shifted);
            }

            if (candidates >= MaxCandidates)
                break;
        }

        return bestWords is null ? (0, words) : (best.Gain, bestWords);
    }

    /// <summary>Returns all word sequences that the answer and the reference have in common within the limits of a shift.</summary>
    private static IEnumerable<(int Start, int StartWanted, int Length)> Matches(string[] words, string[] wanted)
    {
        for (int start = 0; start < words.Length; start++)
        {
            for (int startWanted = 0; startWanted < wanted.Length; startWanted++)
            {
                if (Math.Abs(startWanted - start) > MaxShiftDistance)
                    continue;
                int longest = Math.Min(MaxShiftSize, Math.Min(words.Length - start, wanted.Length - startWanted));
                for (int length = 1; length <= longest && words[start + length - 1] == wanted[startWanted + length - 1]; length++)
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
