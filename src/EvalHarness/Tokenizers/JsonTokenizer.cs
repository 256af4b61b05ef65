namespace EvalHarness.Tokenizers;

/// <summary>A token of a text, and the part of the text that it stands for.</summary>
/// <param name="Id">The token's id.</param>
/// <param name="Start">
/// Where the part begins, in UTF-16 units of the text as it was given. Tokens that are bytes of one character have the whole character.
/// </param>
/// <param name="Length">The length of the part; 0 for tokens that stand for nothing in the text.</param>
internal readonly record struct TextToken(int Id, int Start, int Length);

/// <summary>
/// A tokenizer made of a tokenizer.json. Ids and texts are those of Hugging Face's tokenizers library, to the last one.
/// </summary>
internal sealed class JsonTokenizer : ITokenizer
{
    internal const string FileName = "tokenizer.json";

    private readonly TokenizerFile _file;
    private readonly BytePairModel _model;
    private readonly IReadOnlyList<PreTokenizer> _preTokenizers;
    private readonly bool _needsOrigins;
    private readonly AddedTokenFinder? _addedBefore;
    private readonly AddedTokenFinder? _addedAfter;
    private readonly Dictionary<int, AddedToken> _added;
    private readonly Dictionary<int, string> _normalizedForms = [];
    private readonly HashSet<string> _special;

    private JsonTokenizer(TokenizerFile file)
    {
        _file = file;
        bool mapsBytes = file.PreTokenizers is [.., ByteLevelPreTokenizer];
        _preTokenizers = mapsBytes ? [.. file.PreTokenizers.SkipLast(1)] : file.PreTokenizers;
        _needsOrigins = _preTokenizers.Any(p => p.NeedsOrigins);
        _model = new BytePairModel(file.Vocabulary, file.Merges, file.Options, mapsBytes);
        _added = file.AddedTokens.GroupBy(t => t.Id).ToDictionary(g => g.Key, g => g.Last());
        // A token that is written twice is special if it is so once.
        _special = [.. file.AddedTokens.Where(t => t.Special).Select(t => t.Content)];
        foreach (AddedToken token in _added.Values.Where(t => t.Normalized))
        {
            List<int>? from = null;
            string form = Normalizer.ApplyAll(file.Normalizers, token.Content, ref from);
            if (form != token.Content)
                _normalizedForms[token.Id] = form;
        }

        _addedBefore = Finder(normalized: false);
        _addedAfter = Finder(normalized: true);
    }

    /// <summary>Reads a tokenizer.json.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the file cannot be read, is damaged, or has a component that is not supported.
    /// </exception>
    internal static JsonTokenizer Load(string file) => new(TokenizerFile.Read(file));

    public string Name => FileName;

    public IReadOnlyList<string> SpecialTokens => [.. AddedTokens.Where(t => t.Special).Select(t => t.Content)];

    public IReadOnlyList<int> Prefix => _file.PostProcessor.Before;

    /// <summary>The ids that the tokenizer puts behind every text unless it is told otherwise.</summary>
    internal IReadOnlyList<int> Suffix => _file.PostProcessor.After;

    /// <summary>The added tokens, special ones among them, in the file's order.</summary>
    internal IReadOnlyList<AddedToken> AddedTokens => _file.AddedTokens;

    /// <summary>The id of a token as it is written in the file, added tokens included; null if there is no such token.</summary>
    internal int? IdOf(string token) =>
        _added.Values.FirstOrDefault(t => t.Content == token)?.Id ?? (_file.Vocabulary.TryGetId(token, out int id) ? id : null);

    /// <summary>The token of an id as it is written in the file; null if there is no such id.</summary>
    internal string? TokenOf(int id) => _added.TryGetValue(id, out AddedToken? added) ? added.Content : _file.Vocabulary.TokenOf(id);

    public int[] Encode(string text, bool addSpecialTokens = false) => Encode(text, addSpecialTokens, out _);

    /// <summary>
    /// As <see cref="Encode(string, bool)"/>, and counts the code points that no token stands for. Where a file has no unknown token, they
    /// are not among the ids, as in the library.
    /// </summary>
    internal int[] Encode(string text, bool addSpecialTokens, out int dropped)
    {
        ThrowIfBroken(text);
        EncodingState state = EncodingState.Take();
        if (addSpecialTokens)
            state.Ids.AddRange(_file.PostProcessor.Before);
        Split(text, state, track: _needsOrigins && _file.Normalizers.Count > 0);
        foreach (Piece piece in state.Pieces)
        {
            if (piece.Id >= 0)
                state.Ids.Add(piece.Id);
            else
                _model.Encode(piece.Span, state);
        }

        if (addSpecialTokens)
            state.Ids.AddRange(_file.PostProcessor.After);
        dropped = state.Dropped;
        int[] ids = [.. state.Ids];
        EncodingState.Release(state);
        return ids;
    }

    /// <summary>The tokens of a text with the part of it that each stands for, without the tokens that are put around it.</summary>
    /// <exception cref="UnencodableTextException">As for <see cref="Encode(string, bool)"/>.</exception>
    internal IReadOnlyList<TextToken> Tokens(string text)
    {
        ThrowIfBroken(text);
        EncodingState state = EncodingState.Take();
        Split(text, state, track: true);
        var tokens = new List<TextToken>();
        foreach (Piece piece in state.Pieces)
        {
            if (piece.Id >= 0)
            {
                tokens.Add(Whole(text, piece.Id, piece.Text.OriginOf(piece.Start), piece.Text.OriginOf(piece.End)));
                continue;
            }

            state.Ids.Clear();
            state.Extents = [];
            _model.EncodeWithExtents(piece.Span, state);
            for (int i = 0; i < state.Ids.Count; i++)
            {
                int start = piece.Text.OriginOf(piece.Start + state.Extents[i].Start);
                int end = piece.Text.OriginAfter(piece.Start + state.Extents[i].End - 1);
                tokens.Add(Whole(text, state.Ids[i], start, end));
            }
        }

        EncodingState.Release(state);
        return tokens;
    }

    /// <summary>A token with the part of the text between two places, which is made to end where characters end.</summary>
    private static TextToken Whole(string text, int id, int start, int end)
    {
        static bool IsInside(string text, int at) => at > 0 && at < text.Length && char.IsLowSurrogate(text[at]);
        start -= IsInside(text, start) ? 1 : 0;
        end += IsInside(text, end) ? 1 : 0;
        return new TextToken(id, start, end - start);
    }

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        using var stream = new JsonTextStream(this, skipSpecialTokens);
        return stream.AddAll(ids);
    }

    public ITextStream CreateStream(bool skipSpecialTokens = true) => new JsonTextStream(this, skipSpecialTokens);

    public void Dispose()
    {
    }

    /// <summary>The first of the steps that make a text of tokens.</summary>
    internal DecodingStage CreateSteps(CollectingStage end) => _file.Decoder.Create(end);

    /// <summary>The token of an id for decoding; null for an id that gives no text.</summary>
    internal string? DecodableToken(int id, bool skipSpecialTokens)
    {
        string? token = _normalizedForms.TryGetValue(id, out string? form) ? form : TokenOf(id);
        return token is not null && skipSpecialTokens && _special.Contains(token) ? null : token;
    }

    private AddedTokenFinder? Finder(bool normalized)
    {
        List<(string, AddedToken)> tokens =
            [.. _added.Values.Where(t => t.Normalized == normalized).Select(t => (_normalizedForms.GetValueOrDefault(t.Id, t.Content), t))];
        return tokens.Count == 0 ? null : new AddedTokenFinder(tokens);
    }

    /// <summary>Splits a text into added tokens and words, which are then the pieces of the state.</summary>
    private void Split(string text, EncodingState state, bool track)
    {
        if (text.Length == 0)
            return;
        var whole = new Piece(new StageText(text, 0, null), 0, text.Length);
        if (_addedBefore is null)
            state.Pieces.Add(whole);
        else
            _addedBefore.Split(whole, state.Pieces);
        if (_file.Normalizers.Count > 0 || _addedAfter is not null)
            Apply((piece, output) => Normalize(piece, output, track), state);
        foreach (PreTokenizer preTokenizer in _preTokenizers)
            Apply((piece, output) => preTokenizer.Split(piece, output, track), state);
    }

    private void Normalize(Piece piece, List<Piece> output, bool track)
    {
        if (_file.Normalizers.Count > 0)
        {
            string text = piece.Length == piece.Text.Value.Length ? piece.Text.Value : piece.Span.ToString();
            List<int>? from = track ? [] : null;
            string normal = Normalizer.ApplyAll(_file.Normalizers, text, ref from);
            if (!ReferenceEquals(normal, text))
                piece = new Piece(piece.Text.Change(normal, piece.Start, piece.Length, from), 0, normal.Length);
        }

        if (piece.Length == 0)
            return;
        if (_addedAfter is null)
            output.Add(piece);
        else
            _addedAfter.Split(piece, output);
    }

    private static void Apply(Action<Piece, List<Piece>> stage, EncodingState state)
    {
        state.NextPieces.Clear();
        foreach (Piece piece in state.Pieces)
        {
            if (piece.Id >= 0)
                state.NextPieces.Add(piece);
            else
                stage(piece, state.NextPieces);
        }

        (state.Pieces, state.NextPieces) = (state.NextPieces, state.Pieces);
    }

    private static void ThrowIfBroken(string text)
    {
        int at = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        for (; at >= 0 && at < text.Length; at++)
        {
            if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
                at++;
            else if (char.IsSurrogate(text[at]))
                throw new UnencodableTextException("the text has half of a surrogate pair, which is no character");
        }
    }
}
