using System.Text.Json.Nodes;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

/// <summary>A byte-level tokenizer, in which the id of a byte is its value, with added tokens.</summary>
public sealed class AddedTokenTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private JsonTokenizer Load(string? normalizer, params JsonObject[] added)
    {
        JsonObject file = SmallTokenizer.ByteLevel();
        file["normalizer"] = SmallTokenizer.Parse(normalizer);
        file["added_tokens"] = new JsonArray([.. added]);
        return file.Load(_folder);
    }

    private JsonTokenizer Load(params JsonObject[] added) => Load(null, added);

    [Fact]
    public void Tokens_ThatOverlap_TheLeftmostAndLongestIsFound()
    {
        using JsonTokenizer tokenizer = Load(
            SmallTokenizer.Added("<a", 256), SmallTokenizer.Added("<ab>", 257), SmallTokenizer.Added("b><", 258));
        Assert.Equal([257, 256, 'x', 258], tokenizer.Encode("<ab><axb><"));
    }

    [Fact]
    public void Id_InTheFile_IsIgnoredAsInTheLibraryAndKept()
    {
        using JsonTokenizer tokenizer = Load(
            SmallTokenizer.Added("a", 5), SmallTokenizer.Added("<x>", 300), SmallTokenizer.Added("<y>", 400));
        Assert.Equal(['a', 256, 257], tokenizer.Encode("a<x><y>"));
        Assert.Equal([('a', 5), (256, 300), (257, 400)], tokenizer.AddedTokens.Select(t => (t.Id, t.WrittenId)));
        Assert.Equal(256, tokenizer.IdOf("<x>"));
        Assert.Equal("<y>", tokenizer.TokenOf(257));
        Assert.Null(tokenizer.TokenOf(300));
        Assert.Null(tokenizer.IdOf("<z>"));
    }

    [Theory]
    [InlineData(false, false, new[] { 'a', ' ', 256, ' ', ' ', 'b' })]
    [InlineData(true, false, new[] { 'a', 256, ' ', ' ', 'b' })]
    [InlineData(false, true, new[] { 'a', ' ', 256, 'b' })]
    [InlineData(true, true, new[] { 'a', 256, 'b' })]
    public void Whitespace_AroundAToken_IsSwallowedIfTheTokenSaysSo(bool left, bool right, int[] expected)
    {
        using JsonTokenizer tokenizer = Load(SmallTokenizer.Added("<x>", 256).With("lstrip", left).With("rstrip", right));
        Assert.Equal(expected, tokenizer.Encode("a <x>  b"));
    }

    /// <summary>The first of the newlines takes the others for the whitespace behind it.</summary>
    [Fact]
    public void Whitespace_ThatStripsBothSides_IsOneToken()
    {
        using JsonTokenizer tokenizer = Load(SmallTokenizer.Added("\n", 256).With("lstrip", true).With("rstrip", true));
        Assert.Equal(['a', 256, 'b'], tokenizer.Encode("a\n\n\nb"));
    }

    [Fact]
    public void SingleWord_WithinAWord_IsText()
    {
        using JsonTokenizer tokenizer = Load(SmallTokenizer.Added("ab", 256).With("single_word", true));
        Assert.Equal([256, '-', 256], tokenizer.Encode("ab-ab"));
        Assert.Equal("xab"u8.ToArray().Select(b => (int)b), tokenizer.Encode("xab"));
        Assert.Equal("abé"u8.ToArray().Select(b => (int)b), tokenizer.Encode("abé"));
        Assert.Equal("_ab"u8.ToArray().Select(b => (int)b), tokenizer.Encode("_ab"));
    }

    [Fact]
    public void Normalized_Token_IsFoundInTheNormalizedText()
    {
        const string lower = """{"type": "Lowercase"}""";
        using JsonTokenizer tokenizer = Load(
            lower, SmallTokenizer.Added("Cat", 256).With("normalized", true), SmallTokenizer.Added("Dog", 257));
        Assert.Equal([256, 256, 257, 'd', 'o', 'g'], tokenizer.Encode("catCATDogdog"));
    }

    [Fact]
    public void Special_Token_IsLeftOutOfDecodedTexts()
    {
        using JsonTokenizer tokenizer = Load(SmallTokenizer.Added("<x>", 256), SmallTokenizer.Added("<y>", 257).With("special", false));
        Assert.Equal("a<y>b", tokenizer.Decode([999, 'a', 256, 257, -1, 'b']));
        Assert.Equal("a<x><y>b", tokenizer.Decode(['a', 256, 257, 'b'], skipSpecialTokens: false));
    }
}
