namespace EvalHarness.Tokenizers;

/// <summary>What becomes of the matches that a text is split at, by Hugging Face's names.</summary>
internal enum SplitBehavior
{
    /// <summary>"a--b" at "-" becomes "a", "b".</summary>
    Removed,

    /// <summary>"a--b" at "-" becomes "a", "-", "-", "b".</summary>
    Isolated,

    /// <summary>"a--b" at "-" becomes "a-", "-", "b".</summary>
    MergedWithPrevious,

    /// <summary>"a--b" at "-" becomes "a", "-", "-b".</summary>
    MergedWithNext,

    /// <summary>"a--b" at "-" becomes "a", "--", "b".</summary>
    Contiguous,
}

/// <summary>Cuts pieces at the matches of a pattern.</summary>
/// <param name="pattern">What to look for.</param>
/// <param name="behavior">What becomes of the matches.</param>
/// <param name="invert">Whether the text between the matches counts as the matches.</param>
internal sealed class PieceSplitter(TextPattern pattern, SplitBehavior behavior, bool invert = false)
{
    [ThreadStatic]
    private static List<(int Start, int End)>? _matches;

    /// <summary>Appends the parts of a piece that are not empty.</summary>
    internal void Split(Piece piece, List<Piece> output)
    {
        List<(int Start, int End)> matches = _matches ??= [];
        matches.Clear();
        pattern.Find(piece.Text.Value, piece.Start, piece.Length, matches);
        int done = piece.Start, start = 0, end = 0;
        bool matchBefore = false;
        foreach ((int from, int to) in matches)
        {
            if (done != from)
                Take(done, from, isMatch: invert);
            Take(from, to, isMatch: !invert);
            done = to;
        }

        if (done != piece.End)
            Take(done, piece.End, isMatch: invert);
        Flush();
        if (matches.Capacity > 1_000_000)
            _matches = null;

        void Take(int from, int to, bool isMatch)
        {
            bool joins = behavior switch
            {
                SplitBehavior.Contiguous => isMatch == matchBefore,
                SplitBehavior.MergedWithPrevious => isMatch && !matchBefore,
                SplitBehavior.MergedWithNext => !isMatch && matchBefore,
                _ => false,
            };
            matchBefore = isMatch;
            if (joins && start < end)
            {
                end = to;
                return;
            }

            Flush();
            if (behavior != SplitBehavior.Removed || !isMatch)
                (start, end) = (from, to);
        }

        void Flush()
        {
            if (start < end)
                output.Add(new Piece(piece.Text, start, end - start));
            (start, end) = (0, 0);
        }
    }
}
