using System.Text.Json;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

public sealed class NormalizerTests
{
    [Theory]
    [InlineData("""{"type": "NFC"}""", "e\u0301 \u1100\u1161", "é 가")]
    [InlineData("""{"type": "NFD"}""", "é 가", "e\u0301 \u1100\u1161")]
    [InlineData("""{"type": "NFKC"}""", "ﬁ ①", "fi 1")]
    [InlineData("""{"type": "NFKD"}""", "ﬁ é", "fi e\u0301")]
    [InlineData("""{"type": "Lowercase"}""", "ÀB İ ǅ", "àb i\u0307 ǆ")]
    [InlineData("""{"type": "StripAccents"}""", "e\u0301a\u20DDx", "eax")]
    [InlineData("""{"type": "Strip", "strip_left": true, "strip_right": false}""", "\u3000 a ", "a ")]
    [InlineData("""{"type": "Strip", "strip_left": false, "strip_right": true}""", " a\n\u00A0", " a")]
    [InlineData("""{"type": "Replace", "pattern": {"String": "aa"}, "content": "b"}""", "aaa a", "ba a")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}""", "a \n\n b", "a b")]
    [InlineData("""{"type": "Prepend", "prepend": "▁"}""", "a", "▁a")]
    [InlineData("""{"type": "Prepend", "prepend": "▁"}""", "", "")]
    [InlineData("""{"type": "ByteLevel"}""", "é x", "Ã©Ġx")]
    [InlineData("""{"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}]}""", "é", "e")]
    public void Normalizer_ByItsName_ChangesTheText(string json, string text, string expected)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        Normalizer[] normalizers = [.. Normalizer.Read(new TokenizerPart("tokenizer.json", "normalizer", document.RootElement))];
        List<int>? nobodyAsks = null, from = [];
        Assert.Equal(expected, Normalizer.ApplyAll(normalizers, text, ref nobodyAsks));
        Assert.Equal(expected, Normalizer.ApplyAll(normalizers, text, ref from));
        if (expected != text)
            Assert.Equal(expected.Length, from!.Count);
    }
}
