using System.Buffers;

namespace EvalHarness.Tokenizers;

/// <summary>Finds added tokens in a text: the leftmost, and of those that begin at the same place the longest.</summary>
internal sealed class AddedTokenFinder
{
    private readonly Dictionary<(int Node, char Unit), int> _children = [];

    /// <summary>The token that ends at each node of the tree.</summary>
    private readonly List<AddedToken?> _tokens = [null];

    private readonly SearchValues<char> _first;

    /// <param name="tokens">The tokens, each with the form in which it stands in the texts.</param>
    internal AddedTokenFinder(IEnumerable<(string Form, AddedToken Token)> tokens)
    {
        var first = new HashSet<char>();
        foreach ((string form, AddedToken token) in tokens.Where(t => t.Form.Length > 0))
        {
            first.Add(form[0]);
            int node = 0;
            foreach (char unit in form)
            {
                if (!_children.TryGetValue((node, unit), out int child))
                {
                    child = _children[(node, unit)] = _tokens.Count;
                    _tokens.Add(null);
                }

                node = child;
            }

            _tokens[node] = token;
        }

        _first = SearchValues.Create([.. first]);
    }

    /// <summary>Cuts a piece into added tokens and the text between them. Empty pieces are left out.</summary>
    internal void Split(Piece piece, List<Piece> output)
    {
        string text = piece.Text.Value;
        int done = piece.Start;
        foreach ((int at, int length, AddedToken token) in Matches(text, piece.Start, piece.End))
        {
            int start = at, end = at + length;
            if (token.SingleWord && (IsInWord(text, piece, start) || IsInWord(text, piece, end, before: false)))
                continue;
            if (token.StripsLeft)
            {
                while (start > piece.Start && char.IsWhiteSpace(text[start - 1]))
                    start--;
                // The token before may have swallowed the same whitespace.
                start = Math.Max(start, done);
            }

            while (token.StripsRight && end < piece.End && char.IsWhiteSpace(text[end]))
                end++;
            if (done < start)
                output.Add(new Piece(piece.Text, done, start - done));
            // Nothing is left where the token before swallowed this one as whitespace.
            if (start < end)
                output.Add(new Piece(piece.Text, start, end - start, token.Id));
            done = end;
        }

        if (done < piece.End)
            output.Add(new Piece(piece.Text, done, piece.End - done));
    }

    private static bool IsInWord(string text, Piece piece, int at, bool before = true) =>
        before
            ? at > piece.Start && CodePoints.IsWord(CodePoints.Before(text, at))
            : at < piece.End && CodePoints.IsWord(CodePoints.At(text, at));

    private IEnumerable<(int Start, int Length, AddedToken Token)> Matches(string text, int start, int end)
    {
        for (int at = start; at < end; at++)
        {
            int skipped = text.AsSpan(at, end - at).IndexOfAny(_first);
            if (skipped < 0)
                yield break;
            at += skipped;
            AddedToken? longest = null;
            int length = 0, node = 0;
            for (int i = at; i < end && _children.TryGetValue((node, text[i]), out node); i++)
            {
                if (_tokens[node] is not { } token)
                    continue;
                longest = token;
                length = i + 1 - at;
            }

            if (longest is null)
                continue;
            yield return (at, length, longest);
            at += length - 1;
        }
    }
}
