namespace EvalHarness.Tokenizers;

/// <summary>A pre-tokenizer of tokenizer.json: how a text is split into words, each of which the model encodes alone.</summary>
internal abstract class PreTokenizer
{
    /// <summary>GPT-2's pattern, which byte-level pre-tokenizers use unless they are told not to.</summary>
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private static readonly Lazy<TextPattern> Gpt2Pattern = new(() => new RegexPattern(new CodePointRegex(Gpt2)));

    /// <summary>Appends the parts of a piece of text.</summary>
    /// <param name="piece">The piece, which is not empty and no added token.</param>
    /// <param name="output">Where the parts go.</param>
    /// <param name="track">Whether anybody asks later where in the original text a part stands.</param>
    internal abstract void Split(Piece piece, List<Piece> output, bool track);

    /// <summary>Whether the pre-tokenizer must know where its pieces stand in the original text.</summary>
    internal virtual bool NeedsOrigins => false;

    /// <summary>The pre-tokenizers in their order; those of a sequence one by one.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: one is not supported, or not written as it must be.</exception>
    internal static IEnumerable<PreTokenizer> Read(TokenizerPart part)
    {
        switch (part.Type)
        {
            case "Sequence":
                return part.Parts("pretokenizers").SelectMany(Read);
            case "Split":
                return [new SplittingPreTokenizer(TextPattern.Read(part), Behavior(part), part.Flag("invert"))];
            case "ByteLevel":
                IEnumerable<PreTokenizer> prefix = part.Flag("add_prefix_space") ? [new PrefixSpacePreTokenizer()] : [];
                return part.Flag("use_regex", otherwise: true)
                    ? [.. prefix, new SplittingPreTokenizer(Gpt2Pattern.Value, SplitBehavior.Isolated), new ByteLevelPreTokenizer()]
                    : [.. prefix, new ByteLevelPreTokenizer()];
            case "Digits":
                return
                [
                    new SplittingPreTokenizer(
                        new ClassPattern(CodePoints.IsNumeric),
                        part.Flag("individual_digits") ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
                ];
            case "Metaspace":
                string replacement = part.CodePoint("replacement");
                var metaspace = new MetaspacePreTokenizer(replacement, Metaspace.ReadScheme(part));
                return part.Flag("split", otherwise: true)
                    ? [metaspace, new SplittingPreTokenizer(new LiteralPattern(replacement), SplitBehavior.MergedWithNext)]
                    : [metaspace];
            case "Whitespace":
                return [new SplittingPreTokenizer(new WordPattern(), SplitBehavior.Removed, invert: true)];
            case "WhitespaceSplit":
                return [WhitespaceSplit()];
            case "Punctuation":
                return [Punctuation(part.Has("behavior") ? Behavior(part) : SplitBehavior.Isolated)];
            case "BertPreTokenizer":
                return [WhitespaceSplit(), Punctuation(SplitBehavior.Isolated)];
            default:
                throw part.Unsupported(
                    "Sequence", "Split", "ByteLevel", "Digits", "Metaspace", "Whitespace", "WhitespaceSplit", "Punctuation",
                    "BertPreTokenizer");
        }
    }

    private static SplittingPreTokenizer WhitespaceSplit() =>
        new(new ClassPattern(System.Text.Rune.IsWhiteSpace), SplitBehavior.Removed);

    private static SplittingPreTokenizer Punctuation(SplitBehavior behavior) =>
        new(new ClassPattern(CodePoints.IsPunctuation), behavior);

    private static SplitBehavior Behavior(TokenizerPart part)
    {
        string name = part.Text("behavior");
        return Enum.GetNames<SplitBehavior>().Contains(name)
            ? Enum.Parse<SplitBehavior>(name)
            : throw part.Wrong($"behavior is {name}; expected one of {string.Join(", ", Enum.GetNames<SplitBehavior>())}");
    }
}

/// <summary>Cuts at the matches of a pattern.</summary>
internal sealed class SplittingPreTokenizer(TextPattern pattern, SplitBehavior behavior, bool invert = false) : PreTokenizer
{
    private readonly PieceSplitter _splitter = new(pattern, behavior, invert);

    internal override void Split(Piece piece, List<Piece> output, bool track) => _splitter.Split(piece, output);
}

/// <summary>Puts a space before each piece that does not begin with one.</summary>
internal sealed class PrefixSpacePreTokenizer : PreTokenizer
{
    internal override void Split(Piece piece, List<Piece> output, bool track) =>
        output.Add(piece.Span[0] == ' ' ? piece : Prepend(piece, " ", track));

    /// <summary>The piece with a text before it, which stands where the piece begins.</summary>
    internal static Piece Prepend(Piece piece, string text, bool track)
    {
        List<int>? from = track ? [.. Enumerable.Repeat(0, text.Length), .. Enumerable.Range(0, piece.Length)] : null;
        return new Piece(
            piece.Text.Change(string.Concat(text, piece.Span), piece.Start, piece.Length, from), 0, text.Length + piece.Length);
    }
}

/// <summary>
/// Puts the characters of <see cref="ByteAlphabet"/> in the place of a piece's UTF-8 bytes. Where this is the last step, the model does it,
/// so that words that it remembers need not be mapped.
/// </summary>
internal sealed class ByteLevelPreTokenizer : PreTokenizer
{
    internal override void Split(Piece piece, List<Piece> output, bool track)
    {
        List<int>? from = track ? [] : null;
        char[] mapped = new char[piece.Length * 3];
        int length = ByteAlphabet.Map(piece.Span, mapped, from);
        output.Add(new Piece(piece.Text.Change(new string(mapped, 0, length), piece.Start, piece.Length, from), 0, length));
    }
}

/// <summary>Puts a visible character in the place of each space, and one before the text.</summary>
/// <param name="replacement">The character, which is U+2581 as a rule.</param>
/// <param name="scheme">Before which pieces one is put that do not begin with it.</param>
internal sealed class MetaspacePreTokenizer(string replacement, PrependScheme scheme) : PreTokenizer
{
    internal override bool NeedsOrigins => scheme == PrependScheme.First;

    internal override void Split(Piece piece, List<Piece> output, bool track)
    {
        if (piece.Span.Contains(' '))
        {
            List<int>? from = null;
            string text = piece.Span.ToString();
            string changed;
            if (track)
                changed = new ReplaceNormalizer(new LiteralPattern(" "), replacement).Apply(text, from = []);
            else
                changed = text.Replace(" ", replacement, StringComparison.Ordinal);
            piece = new Piece(piece.Text.Change(changed, piece.Start, piece.Length, from), 0, changed.Length);
        }

        bool prepends = scheme == PrependScheme.Always
            || (scheme == PrependScheme.First && piece.Text.OriginOf(piece.Start) == 0);
        output.Add(
            prepends && !piece.Span.StartsWith(replacement) ? PrefixSpacePreTokenizer.Prepend(piece, replacement, track) : piece);
    }
}
