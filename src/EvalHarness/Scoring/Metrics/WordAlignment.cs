namespace EvalHarness.Scoring.Metrics;

/// <summary>
/// Finds the cheapest way to turn an answer into a reference by inserting, deleting and replacing words. The search is limited to a
/// band around the diagonal.
/// </summary>
/// <remarks>
/// Source: the same as <see cref="TranslationEditRate"/>. Of equally cheap steps a match or replacement is preferred, then a deletion,
/// then an insertion.
/// </remarks>
internal sealed class WordAlignment
{
    private const int BeamWidth = 25;
    private const int Unreached = int.MaxValue / 2;

    private readonly Dictionary<int, int> _places = [];
    private readonly List<bool> _wrongInAnswer = [];
    private readonly List<bool> _wrongInReference = [];

    internal WordAlignment(string[] words, string[] wanted)
    {
        (int[,] costs, char[,] steps) = Fill(words, wanted);
        Distance = costs[words.Length, wanted.Length];
        Trace(steps, words.Length, wanted.Length);
    }

    internal int Distance { get; }

    /// <summary>
    /// Returns the position of the answer's word that a reference word is aligned with, or that it would be inserted after. Returns
    /// null beyond the end of the reference.
    /// </summary>
    internal int? Place(int reference) => _places.TryGetValue(reference, out int place) ? place : null;

    internal bool WrongInAnswer(int start, int length) => _wrongInAnswer.Skip(start).Take(length).Any(wrong => wrong);

    internal bool WrongInReference(int start, int length) => _wrongInReference.Skip(start).Take(length).Any(wrong => wrong);

    private static (int[,] Costs, char[,] Steps) Fill(string[] words, string[] wanted)
    {
        int[,] costs = new int[words.Length + 1, wanted.Length + 1];
        char[,] steps = new char[words.Length + 1, wanted.Length + 1];
        for (int i = 0; i <= words.Length; i++)
        {
            for (int j = 0; j <= wanted.Length; j++)
                (costs[i, j], steps[i, j]) = i == 0 ? (j, 'i') : (Unreached, 'x');
        }

        double ratio = words.Length > 0 ? (double)wanted.Length / words.Length : 1;
        int width = BeamWidth < ratio / 2 ? (int)Math.Ceiling((ratio / 2) + BeamWidth) : BeamWidth;
        for (int i = 1; i <= words.Length; i++)
        {
            int diagonal = (int)Math.Floor(i * ratio);
            int last = i == words.Length ? wanted.Length + 1 : Math.Min(wanted.Length + 1, diagonal + width);
            for (int j = Math.Max(0, diagonal - width); j < last; j++)
            {
                if (j == 0)
                {
                    (costs[i, j], steps[i, j]) = (costs[i - 1, j] + 1, 'd');
                    continue;
                }

                bool same = words[i - 1] == wanted[j - 1];
                (int Cost, char Step) match = (costs[i - 1, j - 1] + (same ? 0 : 1), same ? ' ' : 's');
                (int Cost, char Step) deletion = (costs[i - 1, j] + 1, 'd'), insertion = (costs[i, j - 1] + 1, 'i');
                foreach ((int cost, char step) in (ReadOnlySpan<(int, char)>)[match, deletion, insertion])
                {
                    if (costs[i, j] > cost)
                        (costs[i, j], steps[i, j]) = (cost, step);
                }
            }
        }

        return (costs, steps);
    }

    private void Trace(char[,] steps, int i, int j)
    {
        var trace = new Stack<char>();
        while (i > 0 || j > 0)
        {
            char step = steps[i, j];
            trace.Push(step);
            i -= step is 'i' ? 0 : 1;
            j -= step is 'd' ? 0 : 1;
        }

        int answer = -1, reference = -1;
        foreach (char step in trace)
        {
            if (step is ' ' or 's' or 'd')
            {
                answer++;
                _wrongInAnswer.Add(step != ' ');
            }

            if (step is ' ' or 's' or 'i')
            {
                _places[++reference] = answer;
                _wrongInReference.Add(step != ' ');
            }
        }
    }
}
