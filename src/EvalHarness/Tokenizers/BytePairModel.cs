using System.Text;

namespace EvalHarness.Tokenizers;

/// <summary>
/// Byte-pair encoding: the symbols of a word, which are its code points, are merged by rank until no merge is left. Several threads may
/// encode at the same time, each with a state of its own.
/// </summary>
internal sealed class BytePairModel
{
    private readonly Vocabulary _vocabulary;
    private readonly BytePairMerges _merges;
    private readonly BytePairOptions _options;
    private readonly bool _mapsBytes;
    private readonly bool _cutsAtSpaces;
    private readonly int _unknown;
    private readonly int[] _bytes;
    private readonly WordCache _cache = new();

    /// <param name="vocabulary">The tokens.</param>
    /// <param name="merges">The merges.</param>
    /// <param name="options">What else the file says.</param>
    /// <param name="mapsBytes">Whether the characters of <see cref="ByteAlphabet"/> take the place of a word's bytes first.</param>
    internal BytePairModel(Vocabulary vocabulary, BytePairMerges merges, BytePairOptions options, bool mapsBytes)
    {
        _vocabulary = vocabulary;
        _merges = merges;
        _options = options;
        _mapsBytes = mapsBytes;
        _cutsAtSpaces = !mapsBytes && vocabulary.TryGetId([BytePairMerges.Space], out _)
            && options is { ContinuingPrefix.Length: 0, EndSuffix.Length: 0 };
        _unknown = options.UnknownToken is { } unknown && vocabulary.TryGetId(unknown, out int id) ? id : -1;
        _bytes = [.. Enumerable.Range(0, 256).Select(b => vocabulary.TryGetId($"<0x{b:X2}>", out int token) ? token : -1)];
    }

    /// <summary>Appends the tokens of a word to those of the state.</summary>
    /// <exception cref="UnencodableTextException">The word needs the unknown token, which the vocabulary does not have.</exception>
    internal void Encode(ReadOnlySpan<char> word, EncodingState state)
    {
        if (!_cutsAtSpaces)
        {
            EncodeCached(word, state);
            return;
        }

        if (_options.IgnoresMerges && TryWhole(word, state))
            return;
        // A text of SentencePiece is one long word. It is cut where no merge reaches across, so that its parts can be remembered.
        int start = 0;
        for (int i = 1; i < word.Length; i++)
        {
            // A code point that is not in the vocabulary may be dropped, or become tokens that end in other characters.
            if (word[i] != BytePairMerges.Space || !_merges.EndsBeforeSpace(word[i - 1]) || !_vocabulary.TryGetId(word[(i - 1)..i], out _))
                continue;
            EncodeCached(word[start..i], state);
            start = i;
        }

        EncodeCached(word[start..], state);
    }

    /// <summary>As <see cref="Encode"/>, and appends to the state where each token begins and ends in the word.</summary>
    internal void EncodeWithExtents(ReadOnlySpan<char> word, EncodingState state)
    {
        state.Extents ??= [];
        if (!_mapsBytes)
        {
            EncodeSymbols(word, state);
            return;
        }

        List<int> from = [];
        int first = state.Extents.Count;
        Span<char> mapped = state.MappedFor(word.Length * 3);
        EncodeSymbols(mapped[..ByteAlphabet.Map(word, mapped, from)], state);
        for (int i = first; i < state.Extents.Count; i++)
        {
            (int start, int end) = state.Extents[i];
            int last = from[end - 1];
            state.Extents[i] = (from[start], last + (char.IsHighSurrogate(word[last]) ? 2 : 1));
        }
    }

    private void EncodeCached(ReadOnlySpan<char> word, EncodingState state)
    {
        bool remembers = word.Length <= WordCache.LongestWord;
        if (remembers && _cache.TryGet(word, out int[]? ids))
        {
            state.Ids.AddRange(ids);
            return;
        }

        int first = state.Ids.Count, dropped = state.Dropped;
        if (_mapsBytes)
        {
            Span<char> mapped = state.MappedFor(word.Length * 3);
            EncodeSymbols(mapped[..ByteAlphabet.Map(word, mapped)], state);
        }
        else
        {
            EncodeSymbols(word, state);
        }

        if (remembers && dropped == state.Dropped)
            _cache.Add(word, [.. state.Ids[first..]]);
    }

    private bool TryWhole(ReadOnlySpan<char> word, EncodingState state)
    {
        if (word.Length > _vocabulary.LongestToken || !_vocabulary.TryGetId(word, out int id))
            return false;
        state.Ids.Add(id);
        state.Extents?.Add((0, word.Length));
        return true;
    }

    private void EncodeSymbols(ReadOnlySpan<char> word, EncodingState state)
    {
        if (_options.IgnoresMerges && TryWhole(word, state))
            return;
        SymbolList symbols = state.Symbols;
        symbols.Clear();
        // The unknown code points before this one, which are not yet a symbol.
        int unknownStart = -1, unknownEnd = 0;
        for (int at = 0; at < word.Length;)
        {
            int end = at + (char.IsHighSurrogate(word[at]) && at + 1 < word.Length ? 2 : 1);
            bool isLast = end == word.Length;
            ReadOnlySpan<char> symbol = word[at..end];
            if ((at > 0 && _options.ContinuingPrefix.Length > 0) || (isLast && _options.EndSuffix.Length > 0))
                symbol = string.Concat(at > 0 ? _options.ContinuingPrefix : "", symbol, isLast ? _options.EndSuffix : "");
            if (_vocabulary.TryGetId(symbol, out int id))
            {
                AddUnknown();
                symbols.Add(id, at, end);
            }
            else if (_options.FallsBackToBytes && TryAddBytes(symbol, symbols, at, end))
            {
                // Unknown code points from before come behind these bytes, as in the library.
            }
            else if (_options.UnknownToken is { } token)
            {
                if (_unknown < 0)
                {
                    throw new UnencodableTextException(
                        $"the text has \"{symbol}\", and the unknown token {token} is not in the vocabulary");
                }

                if (!_options.FusesUnknown)
                    AddUnknown();
                if (unknownStart < 0)
                    unknownStart = at;
                unknownEnd = end;
            }
            else
            {
                state.Dropped++;
            }

            at = end;
        }

        AddUnknown();
        symbols.Merge(_merges.Table);
        symbols.CopyTo(state.Ids, state.Extents);

        void AddUnknown()
        {
            if (unknownStart >= 0)
                symbols.Add(_unknown, unknownStart, unknownEnd);
            unknownStart = -1;
        }
    }

    private bool TryAddBytes(ReadOnlySpan<char> symbol, SymbolList symbols, int start, int end)
    {
        Span<byte> utf8 = stackalloc byte[256];
        if (Encoding.UTF8.GetMaxByteCount(symbol.Length) > utf8.Length)
            utf8 = new byte[Encoding.UTF8.GetMaxByteCount(symbol.Length)];
        utf8 = utf8[..Encoding.UTF8.GetBytes(symbol, utf8)];
        foreach (byte b in utf8)
        {
            if (_bytes[b] < 0)
                return false;
        }

        foreach (byte b in utf8)
            symbols.Add(_bytes[b], start, end);
        return true;
    }
}
