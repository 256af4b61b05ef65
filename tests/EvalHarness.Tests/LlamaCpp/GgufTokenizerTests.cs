using EvalHarness.LlamaCpp.Runtime;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.LlamaCpp;

/// <summary>llama.cpp's ids and texts, compared with those of the same models' tokenizer.json.</summary>
public sealed class GgufTokenizerTests : IDisposable
{
    private static readonly string[] Texts =
    [
        .. ProbeTexts.All,
        "", "Once upon a time, there was a little girl named Lily.", " a", "a b", "  two", "a\n\nb", "\tx", "it's", "é", "日本語", "😀",
        "Question: Tom had 37 red apples.\nAnswer: He gives 2 * 5 = <<2*5=10>>10.\n#### 27",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static void AssertEqual(LlamaModel model, JsonTokenizer expected)
    {
        ITokenizer tokenizer = model.Tokenizer.Tokenizer;
        Assert.Equal(expected.Prefix, tokenizer.Prefix);
        Assert.Equal(expected.SpecialTokens, tokenizer.SpecialTokens);
        foreach (string text in Texts)
        {
            int[] ids = tokenizer.Encode(text);
            Assert.Equal((text, string.Join(' ', expected.Encode(text))), (text, string.Join(' ', ids)));
            Assert.Equal(expected.Decode(ids), tokenizer.Decode(ids));
            Assert.Equal(expected.Decode(ids, skipSpecialTokens: false), tokenizer.Decode(ids, skipSpecialTokens: false));
        }
    }

    [SharedFact]
    public void SentencePieces_EveryText_HasTheIdsOfTokenizerJson()
    {
        using var model = LlamaModel.Load(GgufModels.WriteStories(_folder.Path, GgufWriter.Q8_0), new LlamaCppOptions());
        AssertEqual(model, JsonTokenizer.Load(Path.Combine(Shared.Model("fp32"), JsonTokenizer.FileName)));
    }

    [Fact]
    public void BytePairs_EveryText_HasTheIdsOfTokenizerJson()
    {
        using var model = LlamaModel.Load(GgufModels.WriteTiny(_folder.Path, GgufWriter.Q8_0), new LlamaCppOptions());
        string folder = Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-fp32");
        AssertEqual(model, JsonTokenizer.Load(Path.Combine(folder, JsonTokenizer.FileName)));
    }

    [Fact]
    public void SpecialToken_InAText_IsThatToken()
    {
        using var model = LlamaModel.Load(GgufModels.WriteTiny(_folder.Path, GgufWriter.Q8_0), new LlamaCppOptions());
        ITokenizer tokenizer = model.Tokenizer.Tokenizer;
        int[] ids = tokenizer.Encode("a<|end|>b");
        Assert.Contains(1, ids);
        Assert.Equal(["ab", "a<|end|>b"], (string[])[tokenizer.Decode(ids), tokenizer.Decode(ids, skipSpecialTokens: false)]);
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData(true, 0)]
    [InlineData(false, null)]
    public void AddBosToken_DecidesWhatPromptsBeginWith(bool? asked, int? first)
    {
        using var model = LlamaModel.Load(
            GgufModels.WriteTiny(_folder.Path, GgufWriter.Q8_0), new LlamaCppOptions { AddBosToken = asked });
        int[] prefix = first is { } id ? [id] : [];
        Assert.Equal([.. prefix, .. model.Tokenizer.Encode("Question")], model.Tokenizer.EncodePrompt("Question"));
    }

    [Fact]
    public void Use_AfterDisposal_Throws()
    {
        var model = LlamaModel.Load(GgufModels.WriteTiny(_folder.Path, GgufWriter.Q8_0), new LlamaCppOptions());
        LlamaSession session = model.NewSession(8);
        ITokenizer tokenizer = model.Tokenizer.Tokenizer;
        session.Dispose();
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => session.Append([1], readLogits: true));
        Assert.Throws<ObjectDisposedException>(() => session.Row(0));
        Assert.Throws<ObjectDisposedException>(() => session.TryRewindTo(0));
        Assert.Throws<ObjectDisposedException>(() => model.NewSession(8));
        Assert.Throws<ObjectDisposedException>(() => tokenizer.Encode("a"));
        Assert.Throws<ObjectDisposedException>(() => tokenizer.Decode([7]));
    }
}
