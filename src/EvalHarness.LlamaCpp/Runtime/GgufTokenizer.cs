using System.Text;
using EvalHarness.Tokenizers;
using LLama.Native;

namespace EvalHarness.LlamaCpp.Runtime;

/// <summary>
/// llama.cpp's tokenizer, by the vocabulary of a GGUF file. It does not show what it would change: a text that is not valid UTF-16 is
/// refused here.
/// </summary>
internal sealed class GgufTokenizer : ITokenizer
{
    private const LLamaTokenAttr Special = LLamaTokenAttr.Control | LLamaTokenAttr.Unknown;

    private readonly SafeLlamaModelHandle _model;
    private readonly byte[]?[] _pieces;
    private readonly bool _addsSpace;
    private bool _disposed;

    /// <param name="model">The model, which must outlive the tokenizer.</param>
    internal GgufTokenizer(SafeLlamaModelHandle model)
    {
        _model = model;
        _pieces = new byte[model.Vocab.Count][];
        Prefix = model.Vocab is { ShouldAddBOS: true, BOS: { } begin } ? [(int)begin] : [];
        SpecialTokens =
        [
            .. Enumerable.Range(0, _pieces.Length)
                .Where(IsSpecial)
                .Select(id => Encoding.UTF8.GetString(Piece(id)))
                .Where(text => text.Length > 0),
        ];
        // llama.cpp puts a space before texts of SentencePiece's vocabularies, and takes it away from the texts of tokens.
        _addsSpace = Encode("a") is [var first, ..] && Piece(first) is [(byte)' ', ..];
    }

    public string Name => "gguf";

    public IReadOnlyList<int> Prefix { get; }

    public IReadOnlyList<string> SpecialTokens { get; }

    public int[] Encode(string text, bool addSpecialTokens = false)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        int[] ids;
        try
        {
            ids = [.. _model.Tokenize(text, addBos: false, special: true, Strict).Select(token => (int)token)];
        }
        catch (EncoderFallbackException e)
        {
            throw new UnencodableTextException($"the text has half of a surrogate pair, which is no character: {e.Message}");
        }

        return addSpecialTokens ? [.. Prefix, .. ids] : ids;
    }

    /// <summary>The text of token ids, with U+FFFD for bytes that are no UTF-8, as a decoder of UTF-8 gives it.</summary>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        using ITextStream stream = CreateStream(skipSpecialTokens);
        var text = new StringBuilder();
        foreach (int id in ids)
            text.Append(stream.Add(id));
        return text.Append(stream.Finish()).ToString();
    }

    public ITextStream CreateStream(bool skipSpecialTokens = true) => new TextStream(this, skipSpecialTokens);

    public void Dispose() => _disposed = true;

    private static UTF8Encoding Strict { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private bool IsSpecial(int id) =>
        id >= 0 && id < _pieces.Length && (((LLamaToken)id).GetAttributes(_model.Vocab) & Special) != 0;

    /// <summary>The bytes that a token stands for; none for an id outside the vocabulary.</summary>
    private byte[] Piece(int id)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (id < 0 || id >= _pieces.Length)
            return [];
        // Two threads may both find it missing, and then write the same.
        return _pieces[id] ??= Read(id);
    }

    private byte[] Read(int id)
    {
        Span<byte> buffer = stackalloc byte[64];
        int length = (int)_model.TokenToSpan(id, buffer, special: true);
        if (length <= buffer.Length)
            return buffer[..length].ToArray();
        byte[] bytes = new byte[length];
        _ = _model.TokenToSpan(id, bytes, special: true);
        return bytes;
    }

    private sealed class TextStream(GgufTokenizer tokenizer, bool skipSpecialTokens) : ITextStream
    {
        private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
        private bool _begun;

        public string Add(int id) =>
            skipSpecialTokens && tokenizer.IsSpecial(id) ? "" : Take(tokenizer.Piece(id), flush: false);

        public string Finish() => Take([], flush: true);

        private string Take(ReadOnlySpan<byte> bytes, bool flush)
        {
            char[] characters = new char[_decoder.GetCharCount(bytes, flush)];
            int count = _decoder.GetChars(bytes, characters, flush);
            string text = new(characters, 0, count);
            if (_begun || text.Length == 0)
                return text;
            _begun = true;
            return tokenizer._addsSpace && text[0] == ' ' ? text[1..] : text;
        }

        public void Dispose()
        {
        }
    }
}
