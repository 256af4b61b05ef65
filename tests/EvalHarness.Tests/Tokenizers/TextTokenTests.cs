using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

/// <summary>Where tokens stand in the text as it was given.</summary>
public sealed class TextTokenTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<(int, string)> Parts(JsonTokenizer tokenizer, string text) =>
        tokenizer.Tokens(text).Select(t => (t.Id, text.Substring(t.Start, t.Length)));

    [Fact]
    public void ByteLevel_Tokens_HaveTheCharactersWhoseBytesTheyAre()
    {
        using JsonTokenizer tokenizer = SmallTokenizer.ByteLevel("Ġ a", "Ġa b").Load(_folder);
        Assert.Equal([('x', "x"), (257, " ab"), (' ', " "), (0xC3, "é"), (0xA9, "é")], Parts(tokenizer, "x ab é"));
        Assert.Equal([(0xF0, "😀"), (0x9F, "😀"), (0x98, "😀"), (0x80, "😀"), ('a', "a")], Parts(tokenizer, "😀a"));
    }

    [Fact]
    public void SentencePiece_Tokens_HaveThePartsOfTheOriginalText()
    {
        using JsonTokenizer tokenizer = SmallTokenizer.SentencePiece("▁ a", "▁a b").Load(_folder);
        Assert.Equal(
            [(287, "ab"), (287, " ab"), (1, "<s>"), (287, "ab"), (3 + 0xC3, "é"), (3 + 0xA9, "é")], Parts(tokenizer, "ab ab<s>abé"));
        // What is put before the text stands for all of the first character.
        Assert.All(Parts(tokenizer, "😀"), part => Assert.Equal("😀", part.Item2));
    }

    [Fact]
    public void Normalizer_ThatComposes_KeepsBothCharactersOfTheText()
    {
        using JsonTokenizer tokenizer =
            SmallTokenizer.ByteLevel("Ã ©").With("normalizer", SmallTokenizer.Parse("""{"type": "NFC"}""")).Load(_folder);
        Assert.Equal([('a', "a"), (256, "e\u0301"), ('b', "b")], Parts(tokenizer, "ae\u0301b"));
    }
}
