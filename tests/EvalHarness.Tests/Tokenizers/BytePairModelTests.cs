using System.Diagnostics;
using System.Text.Json.Nodes;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

public sealed class BytePairModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ByteLevel_Merges_ComeByRankThenFromTheLeft()
    {
        using JsonTokenizer tokenizer = SmallTokenizer.ByteLevel("b c", "a b", "a a", "Ġ a").Load(_folder);
        // 256 bc, 257 ab, 258 aa, 259 with the space.
        Assert.Equal(['a', 256], tokenizer.Encode("abc"));
        Assert.Equal([258, 'a'], tokenizer.Encode("aaa"));
        Assert.Equal(['x', ' ', 258], tokenizer.Encode("x aa"));
        Assert.Equal(['x', 259, 'x'], tokenizer.Encode("x ax"));
        Assert.Equal([0xC3, 0xA9, 0xF0, 0x9F, 0x98, 0x80], tokenizer.Encode("é😀"));
        Assert.Equal([0, '\n'], tokenizer.Encode("\0\n"));
    }

    [Fact]
    public void Merges_AsPairs_AreThoseAsStrings()
    {
        JsonObject file = SmallTokenizer.ByteLevel("b c", "a bc");
        file["model"]!["merges"] = JsonNode.Parse("""[["b", "c"], ["a", "bc"]]""");
        using JsonTokenizer tokenizer = file.Load(_folder);
        Assert.Equal([257], tokenizer.Encode("abc"));
    }

    [Fact]
    public void IgnoreMerges_WordOfTheVocabulary_IsOneToken()
    {
        JsonObject file = SmallTokenizer.ByteLevel("b c", "a b");
        file["model"]!["vocab"]!["abc"] = 300;
        using (JsonTokenizer merging = file.Load(_folder))
            Assert.Equal(['a', 256], merging.Encode("abc"));
        file["model"]!["ignore_merges"] = true;
        using JsonTokenizer ignoring = file.Load(_folder);
        Assert.Equal([300], ignoring.Encode("abc"));
        Assert.Equal(['a', 256, 'x'], ignoring.Encode("abcx"));
    }

    [Fact]
    public void Model_WithoutType_IsBytePairWhereItHasMerges()
    {
        JsonObject file = SmallTokenizer.ByteLevel("a b");
        file["model"]!.AsObject().Remove("type");
        using JsonTokenizer tokenizer = file.Load(_folder);
        Assert.Equal([256], tokenizer.Encode("ab"));
    }

    [Fact]
    public void SentencePiece_Text_IsOneWordWithVisibleSpaces()
    {
        using JsonTokenizer tokenizer = SmallTokenizer.SentencePiece("▁ a", "a b", "▁a b").Load(_folder);
        // 259 is the visible space, 260 is a; 286 to 288 are the merges.
        Assert.Equal([288, 286, 259, 259, 261], tokenizer.Encode("ab a  b"));
        Assert.Equal([1, 286], tokenizer.Encode("a", addSpecialTokens: true));
        Assert.Equal([1], tokenizer.Prefix);
    }

    [Fact]
    public void Merge_AcrossASpace_IsFound()
    {
        // Words are remembered only between places that no merge reaches across.
        using JsonTokenizer tokenizer = SmallTokenizer.SentencePiece("b ▁", "b▁ a").Load(_folder);
        Assert.Equal([259, 260, 287, 286, 262], tokenizer.Encode("ab ab c"));
    }

    [Fact]
    public void ByteFallback_UnknownCharacter_BecomesItsBytes()
    {
        using JsonTokenizer tokenizer = SmallTokenizer.SentencePiece().Load(_folder);
        Assert.Equal([259, 3 + 0xE2, 3 + 0x82, 3 + 0xAC, 260], tokenizer.Encode("€a"));
    }

    [Theory]
    [InlineData(true, new[] { 259, 0, 260, 0 })]
    [InlineData(false, new[] { 259, 0, 0, 260, 0 })]
    public void UnknownToken_Neighbours_AreFusedIfTheFileSaysSo(bool fuses, int[] expected)
    {
        JsonObject file = SmallTokenizer.SentencePiece();
        file["model"]!["byte_fallback"] = false;
        file["model"]!["fuse_unk"] = fuses;
        using JsonTokenizer tokenizer = file.Load(_folder);
        Assert.Equal(expected, tokenizer.Encode("€€a€"));
    }

    [Fact]
    public void ByteFallback_WithoutOneOfTheBytes_IsTheUnknownToken()
    {
        JsonObject file = SmallTokenizer.SentencePiece();
        file["model"]!["vocab"]!.AsObject().Remove("<0x82>");
        using JsonTokenizer tokenizer = file.Load(_folder);
        Assert.Equal([259, 0, 260, 3 + 0xC3, 3 + 0xA9], tokenizer.Encode("€aé"));
    }

    [Fact]
    public void Character_WithNoToken_IsDroppedAndCounted()
    {
        JsonObject file = SmallTokenizer.SentencePiece("a ▁");
        file["model"]!["byte_fallback"] = false;
        file["model"]!["unk_token"] = null;
        using JsonTokenizer tokenizer = file.Load(_folder);
        for (int again = 0; again < 2; again++)
        {
            // What is left on both sides of the dropped characters is merged.
            Assert.Equal([259, 286, 261], tokenizer.Encode("a€😀 b", addSpecialTokens: false, out int dropped));
            Assert.Equal(2, dropped);
        }

        _ = tokenizer.Encode("ab", addSpecialTokens: false, out int none);
        Assert.Equal(0, none);
    }

    [Fact]
    public void UnknownToken_ThatIsNotInTheVocabulary_IsAnUnencodableText()
    {
        JsonObject file = SmallTokenizer.SentencePiece();
        file["model"]!["byte_fallback"] = false;
        file["model"]!["unk_token"] = "<nothing>";
        using JsonTokenizer tokenizer = file.Load(_folder);
        UnencodableTextException e = Assert.Throws<UnencodableTextException>(() => tokenizer.Encode("€"));
        Assert.Contains("<nothing>", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ContinuingPrefix_StandsBeforeAllSymbolsButTheFirst()
    {
        JsonObject file = SmallTokenizer.Create(["a", "b", "##a", "##b", "ab", "aba"], [], preTokenizer: """{"type": "Whitespace"}""");
        file["model"]!["continuing_subword_prefix"] = "##";
        file["model"]!["merges"] = JsonNode.Parse("""["a ##b", "ab ##a"]""");
        using JsonTokenizer tokenizer = file.Load(_folder);
        Assert.Equal([5, 3, 1, 2], tokenizer.Encode("abab ba"));
    }

    [Fact]
    public void EndSuffix_StandsBehindTheLastSymbol()
    {
        JsonObject file = SmallTokenizer.Create(["a", "b", "a</w>", "b</w>", "ab</w>"], [], preTokenizer: """{"type": "Whitespace"}""");
        file["model"]!["end_of_word_suffix"] = "</w>";
        file["model"]!["merges"] = JsonNode.Parse("""["a b</w>"]""");
        using JsonTokenizer tokenizer = file.Load(_folder);
        Assert.Equal([4, 0, 4, 2], tokenizer.Encode("ab aab a"));
    }

    [Fact]
    public void LongWord_WithoutAPlaceToSplit_TakesTimeInProportion()
    {
        using JsonTokenizer tokenizer = SmallTokenizer.SentencePiece("▁ ▁", "▁▁ ▁▁", "▁▁▁▁ ▁▁▁▁").Load(_folder);
        var watch = Stopwatch.StartNew();
        // The visible space that is put before the text is left over.
        Assert.Equal([.. Enumerable.Repeat(288, 250_000), 259], tokenizer.Encode(new string(' ', 2_000_000)));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"took {watch.Elapsed}");
    }
}
