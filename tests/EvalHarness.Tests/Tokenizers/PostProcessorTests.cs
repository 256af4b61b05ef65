using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

public sealed class PostProcessorTests : IDisposable
{
    private const string Template = """
        {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "b", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                    {"SpecialToken": {"id": "e", "type_id": 0}}],
         "pair": [],
         "special_tokens": {"b": {"id": "b", "ids": [7, 8], "tokens": ["b", "c"]}, "e": {"id": "e", "ids": [9], "tokens": ["e"]}}}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(SmallTokenizer.BytesOnly, new int[0], new int[0])]
    [InlineData(Template, new[] { 7, 8 }, new[] { 9 })]
    [InlineData("""{"type": "Sequence", "processors": [""" + SmallTokenizer.BytesOnly + "," + Template + "]}", new[] { 7, 8 }, new[] { 9 })]
    [InlineData("""{"type": "BertProcessing", "sep": ["[SEP]", 4], "cls": ["[CLS]", 3]}""", new[] { 3 }, new[] { 4 })]
    [InlineData(
        """{"type": "RobertaProcessing", "sep": ["</s>", 4], "cls": ["<s>", 3], "trim_offsets": true, "add_prefix_space": true}""",
        new[] { 3 },
        new[] { 4 })]
    public void SpecialTokens_StandAroundTheTextIfAskedFor(string json, int[] before, int[] after)
    {
        using JsonTokenizer tokenizer = SmallTokenizer.ByteLevel().With("post_processor", SmallTokenizer.Parse(json)).Load(_folder);
        Assert.Equal(before, tokenizer.Prefix);
        Assert.Equal([.. before, 'a', .. after], tokenizer.Encode("a", addSpecialTokens: true));
        Assert.Equal([.. before, .. after], tokenizer.Encode("", addSpecialTokens: true));
        Assert.Equal(['a'], tokenizer.Encode("a"));
    }
}
