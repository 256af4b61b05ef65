using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

public sealed class SpecialTokenCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private JsonTokenizer Tokenizer(int writtenId = 2)
    {
        string file = _folder.Write("tokenizer.json", $$$"""
            {"added_tokens": [{"id": {{{writtenId}}}, "content": "<s>", "single_word": false, "lstrip": false,
               "rstrip": false, "normalized": false, "special": true}, {"id": 3, "content": "</s>", "single_word": false, "lstrip": false,
               "rstrip": false, "normalized": false, "special": true}],
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}, "decoder": {"type": "ByteLevel"},
             "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}}
            """);
        return JsonTokenizer.Load(file);
    }

    private void Engine(string ids) => _folder.Write("genai_config.json", "{\"model\": {" + ids + "}}");

    [Fact]
    public void Files_ThatAgree_GiveNoLine()
    {
        Engine("\"bos_token_id\": 2, \"eos_token_id\": [3, 1], \"pad_token_id\": 3");
        _folder.Write("config.json", """{"bos_token_id": 2, "eos_token_id": 3}""");
        _folder.Write("generation_config.json", """{"eos_token_id": [1, 3], "pad_token_id": 3}""");
        _folder.Write("tokenizer_config.json", """{"bos_token": {"content": "<s>"}, "eos_token": "</s>", "pad_token": null}""");
        using JsonTokenizer tokenizer = Tokenizer();
        Assert.Empty(SpecialTokenCheck.Disagreements(_folder.Path, tokenizer));
    }

    /// <summary>A model whose maker ends answers with a token that the engine does not know goes on after its answers.</summary>
    [Theory]
    [InlineData("generation_config.json", """{"eos_token_id": [3, 1]}""", "eos: genai_config.json says 3, generation_config.json says 3 1")]
    [InlineData("config.json", """{"bos_token_id": 1}""", "bos: genai_config.json says 2, config.json says 1")]
    [InlineData("config.json", """{"pad_token_id": 0}""", "pad: genai_config.json says 3, config.json says 0")]
    [InlineData("tokenizer_config.json", """{"bos_token": "</s>"}""", "bos: genai_config.json says 2, tokenizer_config.json says 3")]
    [InlineData(
        "tokenizer_config.json", """{"eos_token": {"content": "<s>"}}""", "eos: genai_config.json says 3, tokenizer_config.json says 2")]
    public void Files_ThatDisagree_GiveALine(string file, string json, string expected)
    {
        Engine("\"bos_token_id\": 2, \"eos_token_id\": 3, \"pad_token_id\": 3");
        _folder.Write(file, json);
        using JsonTokenizer tokenizer = Tokenizer();
        Assert.Equal([expected], SpecialTokenCheck.Disagreements(_folder.Path, tokenizer));
    }

    [Fact]
    public void AddedToken_WithAnotherIdBesideIt_GivesALine()
    {
        using JsonTokenizer tokenizer = Tokenizer(writtenId: 20);
        string line = Assert.Single(SpecialTokenCheck.Disagreements(_folder.Path, tokenizer));
        Assert.Equal("tokenizer.json writes id 20 beside <s>, and Hugging Face's library gives it 2", line);
    }

    [Theory]
    [InlineData("config.json", "{", "config.json cannot be read: ")]
    [InlineData("genai_config.json", "{}", "genai_config.json cannot be read: ")]
    [InlineData("generation_config.json", "[]", "generation_config.json cannot be read: ")]
    public void File_Damaged_GivesALine(string file, string json, string expected)
    {
        _folder.Write(file, json);
        Assert.StartsWith(expected, Assert.Single(SpecialTokenCheck.Disagreements(_folder.Path, null)), StringComparison.Ordinal);
    }
}
