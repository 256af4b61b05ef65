using EvalHarness.LlamaCpp.Runtime;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Tests.LlamaCpp;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

/// <summary>What every <see cref="ITokenizer"/> promises.</summary>
public sealed class TokenizerContractTests : IDisposable
{
    /// <summary>A tokenizer, and what the tests must know of its model.</summary>
    /// <param name="Type">The implementation.</param>
    /// <param name="Open">Makes the tokenizer, from files in a folder.</param>
    /// <param name="Name">What it says of itself.</param>
    /// <param name="HighestId">
    /// The highest id that random ids have, which may be above those of the vocabulary; null where only ids of texts are decoded.
    /// </param>
    private sealed record Case(Type Type, Func<TemporaryFolder, ITokenizer> Open, string Name, int? HighestId);

    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["byte-level"] = new(typeof(JsonTokenizer), f => SmallTokenizer.ByteLevel("h e", "Ġ a").Load(f), "tokenizer.json", 300),
        ["SentencePiece"] = new(typeof(JsonTokenizer), f => SmallTokenizer.SentencePiece("h e", "▁ a").Load(f), "tokenizer.json", 300),
        // The runtime loses what follows a broken byte, so that its decoder gets whole texts alone.
        ["the runtime's"] = new(typeof(GenAiTokenizer), _ => GenAiTokenizer.Load(Tiny), "genai", null),
        ["llama.cpp's"] = new(typeof(GgufTokenizer), OpenGguf, "gguf", 1600),
    };

    private static string Tiny => Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-int4");

    private static ITokenizer OpenGguf(TemporaryFolder folder) =>
        LlamaModel.Load(GgufModels.WriteTiny(folder.Path, GgufWriter.Q4_0), new LlamaCppOptions()).Tokenizer.Tokenizer;

    public static TheoryData<string> Tokenizers => [.. Cases.Keys];

    private static readonly string[] Texts = ["", "a", " a", "he said: a  b\n\tc", "ünï 你好 😀 e\u0301", "<s>"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private ITokenizer Open(string tokenizer) => Cases[tokenizer].Open(_folder);

    [Fact]
    public void Tokenizers_AreAllImplementations() =>
        Assert.Equal(
            // What an endpoint's tokenizer has answered knows the ids of these texts alone, and has a test of its own.
            Implementations.Of<ITokenizer>().Where(t => t != typeof(EvalHarness.OpenAI.Api.FetchedTokens)),
            Cases.Values.Select(c => c.Type).Distinct().OrderBy(t => t.FullName, StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void Name_SaysWhatReadsTheFiles(string tokenizer)
    {
        using ITokenizer opened = Open(tokenizer);
        Assert.Equal(Cases[tokenizer].Name, opened.Name);
    }

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void Encode_WithSpecialTokens_BeginsWithThePrefix(string tokenizer)
    {
        using ITokenizer opened = Open(tokenizer);
        Assert.Empty(opened.Encode(""));
        foreach (string text in Texts)
        {
            int[] without = opened.Encode(text);
            int[] with = opened.Encode(text, addSpecialTokens: true);
            Assert.Equal([.. opened.Prefix, .. without], with[..(opened.Prefix.Count + without.Length)]);
        }
    }

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void Decode_OfATextsIds_IsTheText(string tokenizer)
    {
        using ITokenizer opened = Open(tokenizer);
        foreach (string text in Texts)
            Assert.Equal(text, opened.Decode(opened.Encode(text), skipSpecialTokens: false));
    }

    [Fact]
    public void SpecialTokens_OfTheRuntimesTokenizer_AreLeftOutUnlessAskedFor()
    {
        using GenAiTokenizer tokenizer = GenAiTokenizer.Load(Tiny);
        int[] ids = tokenizer.Encode("a<|end|>b");
        Assert.Equal(["ab", "a<|end|>b"], (string[])[tokenizer.Decode(ids), tokenizer.Decode(ids, skipSpecialTokens: false)]);
    }

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void Encode_HalfOfASurrogatePair_IsRefused(string tokenizer)
    {
        using ITokenizer opened = Open(tokenizer);
        foreach (string text in (string[])["\uD83D", "a\uDE00b", "😀\uD83D", "\uDE00\uD83D"])
            Assert.Throws<UnencodableTextException>(() => opened.Encode(text));
    }

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void Stream_PartsTogether_AreTheDecodedText(string tokenizer)
    {
        using ITokenizer opened = Open(tokenizer);
        var random = new Random(19);
        for (int i = 0; i < 3000; i++)
        {
            // Low ids are bytes in these vocabularies, of which many runs are broken.
            int[] ids = Cases[tokenizer].HighestId is { } highest
                ? [.. Enumerable.Range(0, random.Next(20)).Select(_ => random.Next(-1, random.Next(2) == 0 ? highest : 260))]
                : opened.Encode(Texts[random.Next(Texts.Length)] + "<|end|> é" + Texts[random.Next(Texts.Length)]);
            bool skip = random.Next(2) == 0;
            using ITextStream stream = opened.CreateStream(skip);
            Assert.Equal(opened.Decode(ids, skip), string.Concat(ids.Select(stream.Add)) + stream.Finish());
        }
    }

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void Encode_InSeveralThreads_GivesTheSameIds(string tokenizer)
    {
        using ITokenizer opened = Open(tokenizer);
        var random = new Random(19);
        string[] texts = [.. Enumerable.Range(0, 400).Select(_ => new string(random.GetItems("ahe \n2ü好".AsSpan(), random.Next(200))))];
        int[][] alone = [.. texts.Select(t => opened.Encode(t))];
        using ITokenizer shared = Open(tokenizer);
        Parallel.For(0, 8 * texts.Length, i =>
        {
            Assert.Equal(alone[i % texts.Length], shared.Encode(texts[i % texts.Length]));
            Assert.Equal(opened.Decode(alone[i % texts.Length]), shared.Decode(alone[i % texts.Length]));
        });
    }
}
