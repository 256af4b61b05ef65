using System.Text.Json.Nodes;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

/// <summary>Files that are refused: one line names the file, what was found, what is supported and what else can be done.</summary>
public sealed class TokenizerFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void AssertRefused(string text, params string[] says)
    {
        string file = _folder.Write("tokenizer.json", text);
        EvalException e = Assert.Throws<EvalException>(() => JsonTokenizer.Load(file));
        Assert.Equal(ExitCode.Model, e.ExitCode);
        Assert.StartsWith(file + ": ", e.Message, StringComparison.Ordinal);
        Assert.EndsWith("; in a run, --tokenizer genai takes ONNX Runtime GenAI's own tokenizer", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        Assert.All(says, part => Assert.Contains(part, e.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("model", """{"type": "Unigram", "unk_id": 0, "vocab": [["a", -1.5]]}""", "model: the component Unigram", "BPE")]
    [InlineData("model", """{"type": "WordPiece", "vocab": {}}""", "WordPiece", "BPE")]
    [InlineData("model", """{"type": "WordLevel", "vocab": {}}""", "WordLevel", "BPE")]
    [InlineData("normalizer", """{"type": "Precompiled", "precompiled_charsmap": ""}""", "normalizer: the component Precompiled", "NFC")]
    [InlineData(
        "normalizer", """{"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Nmt"}]}""", "normalizer.normalizers[1]", "Nmt")]
    [InlineData("pre_tokenizer", """{"type": "UnicodeScripts"}""", "pre_tokenizer: the component UnicodeScripts", "Metaspace")]
    [InlineData("post_processor", """{"type": "Other"}""", "post_processor: the component Other", "TemplateProcessing")]
    [InlineData("decoder", """{"type": "WordPiece", "prefix": "##"}""", "decoder: the component WordPiece", "ByteFallback")]
    public void Component_ThatIsNotSupported_IsNamed(string key, string json, params string[] says) =>
        AssertRefused(SmallTokenizer.ByteLevel().With(key, SmallTokenizer.Parse(json)).ToJsonString(), says);

    [Theory]
    [InlineData("dropout", "0.1", "dropout")]
    [InlineData("vocab", "[]", "vocab is no object")]
    [InlineData("vocab", """{"a": -1}""", "the id of the token \"a\"", "16777215")]
    [InlineData("vocab", """{"a": 4000000000}""", "the id of the token \"a\"")]
    [InlineData("vocab", """{"a": 1e99}""", "the id of the token \"a\"")]
    [InlineData("vocab", """{"a": "1"}""", "the id of the token \"a\"")]
    [InlineData("merges", """["a b"]""", "merges[0]", "\"ab\"", "not in vocab")]
    [InlineData("merges", """["a b c"]""", "merges[0]", "a b c")]
    [InlineData("merges", """["ab"]""", "merges[0]", "ab")]
    [InlineData("merges", """[["a"]]""", "merges[0]")]
    [InlineData("merges", """[["a", "b", "c"]]""", "merges[0]")]
    [InlineData("merges", """[7]""", "merges[0]")]
    [InlineData("merges", "{}", "merges is no list")]
    [InlineData("unk_token", "7", "unk_token is 7", "a string")]
    [InlineData("fuse_unk", "\"yes\"", "fuse_unk", "true or false")]
    public void Model_ThatIsWrong_IsRefusedWithTheReason(string key, string json, params string[] says)
    {
        JsonObject file = SmallTokenizer.ByteLevel();
        file["model"]![key] = SmallTokenizer.Parse(json);
        AssertRefused(file.ToJsonString(), says);
    }

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("{", "JSON at line 1")]
    [InlineData("[]", "object")]
    [InlineData("{}", "model is missing")]
    [InlineData("""{"model": 7}""", "object")]
    [InlineData("""{"model": null}""", "object")]
    [InlineData("""{"model": {"type": "BPE"}}""", "vocab or merges is missing")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": []}} x""", "JSON")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"\ud800": 1}, "merges": []}}""")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": []}, "normalizer": 7}""", "normalizer")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": []}, "normalizer": {}}""", "normalizer: type is missing")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": []}, "added_tokens": 7}""", "added_tokens")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": []}, "added_tokens": [7]}""", "added_tokens[0]")]
    [InlineData(
        """{"model": {"type": "BPE", "vocab": {}, "merges": []}, "added_tokens": [{"id": -7, "content": "a"}]}""",
        "added_tokens[0]: id is -7")]
    [InlineData("""{"version": "2.0", "model": {"type": "BPE", "vocab": {}, "merges": []}}""", "version", "2.0", "1.0")]
    public void File_ThatIsDamaged_IsRefusedWithTheReason(string text, params string[] says) => AssertRefused(text, says);

    [Fact]
    public void Sequences_NestedTooDeeply_AreRefused()
    {
        string nested = string.Concat(Enumerable.Repeat("""{"type": "Sequence", "normalizers": [""", 100_000));
        AssertRefused("""{"model": {"type": "BPE", "vocab": {}, "merges": []}, "normalizer": """ + nested, "JSON");
    }

    [Theory]
    [InlineData("""{"type": "Split", "pattern": {"Regex": "("}, "behavior": "Isolated", "invert": false}""", "regular expression (")]
    [InlineData("""{"type": "Split", "pattern": {}, "behavior": "Isolated", "invert": false}""", "String or Regex")]
    [InlineData("""{"type": "Split", "pattern": {"String": "a"}, "behavior": "Kept", "invert": false}""", "Kept", "MergedWithNext")]
    [InlineData("""{"type": "Metaspace", "replacement": "ab"}""", "replacement", "one character")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "last"}""", "last", "never, first or always")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "add_prefix_space": false}""", "agree")]
    public void PreTokenizer_ThatIsWrong_IsRefusedWithTheReason(string json, params string[] says) =>
        AssertRefused(SmallTokenizer.ByteLevel().With("pre_tokenizer", SmallTokenizer.Parse(json)).ToJsonString(), says);

    [Fact]
    public void File_ThatIsMissing_IsSaidInOneLine()
    {
        EvalException e = Assert.Throws<EvalException>(() => JsonTokenizer.Load(_folder["nothing.json"]));
        Assert.Contains("cannot be read", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_InAnyOrder_AreRead()
    {
        JsonObject file = SmallTokenizer.ByteLevel("a b");
        JsonNode merges = file["model"]!["merges"]!, vocabulary = file["model"]!["vocab"]!;
        file["model"] = new JsonObject { ["merges"] = merges.DeepClone(), ["vocab"] = vocabulary.DeepClone(), ["type"] = "BPE" };
        using JsonTokenizer tokenizer = file.Load(_folder);
        Assert.Equal([256], tokenizer.Encode("ab"));
    }
}
