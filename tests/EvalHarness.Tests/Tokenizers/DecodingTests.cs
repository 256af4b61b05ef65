using System.Text;
using System.Text.Json.Nodes;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

public sealed class DecodingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string[] Parts(JsonTokenizer tokenizer, params int[] ids)
    {
        using ITextStream stream = tokenizer.CreateStream();
        return [.. ids.Select(stream.Add), stream.Finish()];
    }

    [Fact]
    public void ByteLevel_BrokenBytes_AreReplacedAndNothingBehindThemIsLost()
    {
        using JsonTokenizer tokenizer = SmallTokenizer.ByteLevel().Load(_folder);
        Assert.Equal("a\uFFFDb", tokenizer.Decode(['a', 0xE2, 0x82, 'b']));
        Assert.Equal("\uFFFD\uFFFD€\0x", tokenizer.Decode([0x82, 0xFF, 0xE2, 0x82, 0xAC, 0, 'x']));
        Assert.Equal(["", "", "€", "\uFFFD", "", "\uFFFD"], Parts(tokenizer, 0xE2, 0x82, 0xAC, 0xFF, 0xF0));
    }

    [Fact]
    public void ByteLevel_RandomBytes_AreWhatOneDecoderMakesOfThem()
    {
        using JsonTokenizer tokenizer = SmallTokenizer.ByteLevel().Load(_folder);
        var random = new Random(19);
        byte[] likely = [.. "aé€😀"u8, 0xC0, 0xE2, 0xED, 0xA0, 0xF0, 0xF4, 0x90, 0xFF];
        for (int i = 0; i < 2000; i++)
        {
            byte[] bytes = random.GetItems(likely, random.Next(12));
            int[] ids = [.. bytes.Select(b => (int)b)];
            Assert.Equal(Encoding.UTF8.GetString(bytes), tokenizer.Decode(ids));
            Assert.Equal(Encoding.UTF8.GetString(bytes), string.Concat(Parts(tokenizer, ids)));
        }
    }

    [Fact]
    public void ByteLevel_TokenWithACharacterThatStandsForNoByte_IsItsOwnText()
    {
        JsonObject file = SmallTokenizer.ByteLevel();
        file["model"]!["vocab"]!["Ġ水"] = 256;
        using JsonTokenizer tokenizer = file.Load(_folder);
        Assert.Equal("aĠ水 ", tokenizer.Decode(['a', 256, ' ']));
    }

    [Fact]
    public void SentencePiece_LeadingSpace_IsTakenAwayOnce()
    {
        using JsonTokenizer tokenizer = SmallTokenizer.SentencePiece("▁ a").Load(_folder);
        Assert.Equal(" a a", tokenizer.Decode([259, 286, 286]));
        Assert.Equal(["", "", "a", " a", ""], Parts(tokenizer, 1, 259, 260, 286));
        Assert.Equal("", tokenizer.Decode([259]));
    }

    [Fact]
    public void SentencePiece_RunOfBytes_IsHeldUntilItEnds()
    {
        using JsonTokenizer tokenizer = SmallTokenizer.SentencePiece().Load(_folder);
        int[] euro = [3 + 0xE2, 3 + 0x82, 3 + 0xAC];
        Assert.Equal(["", "", "", "€a", ""], Parts(tokenizer, [.. euro, 260]));
        Assert.Equal(["", "", "", "€"], Parts(tokenizer, euro));
        // One more broken byte makes each byte of the run broken.
        Assert.Equal("\uFFFD\uFFFD\uFFFD\uFFFDa", tokenizer.Decode([.. euro, 3 + 0xFF, 260]));
        // A special token between them is left out, so that the run goes on.
        Assert.Equal("€", tokenizer.Decode([euro[0], 1, euro[1], 999, euro[2]]));
    }

    [Theory]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"}""", "a b  c")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never"}""", " a b  c")]
    [InlineData(
        """{"type": "Sequence", "decoders": [{"type": "Fuse"}, {"type": "Strip", "content": "c", "start": 0, "stop": 2}]}""",
        "▁a▁b▁▁")]
    [InlineData(
        """
        {"type": "Sequence", "decoders": [
            {"type": "Fuse"}, {"type": "Replace", "pattern": {"String": "▁▁"}, "content": "-"},
            {"type": "Strip", "content": "▁", "start": 3, "stop": 0}]}
        """,
        "a▁b-c")]
    [InlineData("""{"type": "Strip", "content": "▁", "start": 1, "stop": 0}""", "abc")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": "[ab]"}, "content": "x"}""", "▁x▁x▁▁c")]
    [InlineData(null, "▁ a ▁ b ▁ ▁ c")]
    public void Decoder_ByItsName_MakesTheTextOfTheLibrary(string? decoder, string expected)
    {
        using JsonTokenizer tokenizer = SmallTokenizer.SentencePiece().With("decoder", SmallTokenizer.Parse(decoder)).Load(_folder);
        int[] ids = [259, 260, 259, 261, 259, 259, 262];
        Assert.Equal(expected, tokenizer.Decode(ids));
        Assert.Equal(expected, string.Concat(Parts(tokenizer, ids)));
    }
}
