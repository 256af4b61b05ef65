using System.Text.Json;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

/// <summary>Words that Hugging Face's library splits a text into.</summary>
public sealed class PreTokenizerTests
{
    private static IEnumerable<string> Words(string json, string text)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        List<Piece> pieces = [new Piece(new StageText(text, 0, null), 0, text.Length)];
        foreach (PreTokenizer preTokenizer in PreTokenizer.Read(new TokenizerPart("tokenizer.json", "pre_tokenizer", document.RootElement)))
        {
            List<Piece> output = [];
            foreach (Piece piece in pieces)
                preTokenizer.Split(piece, output, track: true);
            pieces = output;
        }

        return pieces.Select(p => p.Span.ToString());
    }

    private static void AssertWords(string expected, string json, string text) =>
        Assert.Equal(expected, string.Join('|', Words(json, text)));

    [Theory]
    [InlineData("Removed", false, "a|b")]
    [InlineData("Isolated", false, "a|-|-|b|-")]
    [InlineData("MergedWithPrevious", false, "a-|-|b-")]
    [InlineData("MergedWithNext", false, "a|-|-b|-")]
    [InlineData("Contiguous", false, "a|--|b|-")]
    [InlineData("Removed", true, "-|-|-")]
    [InlineData("Isolated", true, "a|-|-|b|-")]
    [InlineData("MergedWithPrevious", true, "a|-|-b|-")]
    [InlineData("MergedWithNext", true, "a-|-|b-")]
    [InlineData("Contiguous", true, "a|--|b|-")]
    public void Split_EachBehavior_IsThatOfTheLibrary(string behavior, bool invert, string expected)
    {
        foreach (string pattern in (string[])["""{"String": "-"}""", """{"Regex": "[-]"}"""])
        {
            string json = $$"""
                {"type": "Split", "pattern": {{pattern}}, "behavior": "{{behavior}}", "invert": {{(invert ? "true" : "false")}}}
                """;
            AssertWords(expected, json, "a--b-");
        }
    }

    [Theory]
    [InlineData(true, "a|1|2|b|³|Ⅷ|٣| ")]
    [InlineData(false, "a|12|b|³Ⅷ٣| ")]
    public void Digits_AreNumbersOfEveryKind(bool individual, string expected) =>
        AssertWords(
            expected, $$"""{"type": "Digits", "individual_digits": {{(individual ? "true" : "false")}}}""", "a12b³Ⅷ٣ ");

    [Theory]
    [InlineData("first", true, "▁a|▁b|▁|▁c")]
    [InlineData("never", true, "a|▁b|▁|▁c")]
    [InlineData("always", false, "▁a▁b▁▁c")]
    public void Metaspace_PutsAVisibleSpaceBeforeTheText(string scheme, bool split, string expected) =>
        AssertWords(
            expected,
            $$"""
            {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "{{scheme}}", "split": {{(split ? "true" : "false")}}}
            """,
            "a b  c");

    [Theory]
    [InlineData("first", "▁a|x|b")]
    [InlineData("always", "▁a|▁x|▁b")]
    [InlineData("never", "a|x|b")]
    public void Metaspace_BehindASplit_KnowsTheBeginningOfTheText(string scheme, string expected) =>
        AssertWords(
            expected,
            $$"""
            {"type": "Sequence", "pretokenizers": [
                {"type": "Split", "pattern": {"String": "x"}, "behavior": "Isolated", "invert": false},
                {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "{{scheme}}"}]}
            """,
            "axb");

    [Theory]
    [InlineData("true", "▁a|▁b")]
    [InlineData("false", "a|▁b")]
    public void Metaspace_InFilesOfOlderVersions_HasAddPrefixSpace(string adds, string expected) =>
        AssertWords(expected, $$"""{"type": "Metaspace", "replacement": "▁", "add_prefix_space": {{adds}}}""", "a b");

    [Theory]
    [InlineData("""{"type": "Whitespace"}""", "don|'|t|ab_1|Ⓐ|++|x")]
    [InlineData("""{"type": "WhitespaceSplit"}""", "don't|ab_1|Ⓐ++|x")]
    [InlineData("""{"type": "BertPreTokenizer"}""", "don|'|t|ab|_|1|Ⓐ|+|+|x")]
    [InlineData("""{"type": "Punctuation", "behavior": "Contiguous"}""", "don|'|t ab|_|1\u00A0Ⓐ|++| x")]
    [InlineData("""{"type": "Punctuation"}""", "don|'|t ab|_|1\u00A0Ⓐ|+|+| x")]
    public void Words_AreThoseOfTheClassesOfCodePoints(string json, string expected) =>
        AssertWords(expected, json, "don't ab_1\u00A0Ⓐ++ x");

    [Fact]
    public void ByteLevel_SplitsByThePatternOfGpt2AndMapsBytes()
    {
        AssertWords("Hi|Ġyou|'ll|Ġsay|Ġ|ĠÃ©|.|Ċ", SmallTokenizer.Gpt2ByteLevel, "Hi you'll say  é.\n");
        AssertWords("ĠHi", """{"type": "ByteLevel", "add_prefix_space": true}""", "Hi");
        AssertWords("ĠHi", """{"type": "ByteLevel", "add_prefix_space": true}""", " Hi");
        AssertWords("HiĠyou", SmallTokenizer.BytesOnly, "Hi you");
    }
}
