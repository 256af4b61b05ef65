using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Prompts;
using EvalHarness.Tokens;

namespace EvalHarness.Tests.Engines;

/// <summary>What both tokenizers of a model promise, and where the runtime's is silently wrong.</summary>
public sealed class ModelTokenizerTests
{
    private static ModelTokenizer Tokenizer(string folder, string choice = "auto") =>
        TokenizerChoice.Load(folder, ModelConfig.Read(folder), new GenAiOptions { Tokenizer = choice });

    /// <summary>The runtime promises this since 0.18; before, texts of several threads were mixed up.</summary>
    [SharedTheory]
    [InlineData("auto")]
    [InlineData("genai")]
    public void Encode_ManyThreadsWithOneTokenizer_GivesWhatOneThreadDoes(string choice)
    {
        using ModelTokenizer tokenizer = Tokenizer(Shared.Model("fp32"), choice);
        string[] texts = [.. Enumerable.Range(0, 2000).Select(
            i => $"Lily had {i * 7919 % 1000} apples, gave {i} to Tom, and said: \"{new string((char)('a' + (i % 26)), i % 40)}\"\n")];
        int[][] expected = [.. texts.Select(tokenizer.Encode)];
        int[][] actual = new int[texts.Length][];
        Parallel.For(0, texts.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => actual[i] = tokenizer.Encode(texts[i]));
        Assert.Equal(expected, actual);
    }

    /// <summary>A tokenizer loads from its own files and genai_config.json, without weights.</summary>
    [SharedTheory]
    [InlineData("auto")]
    [InlineData("genai")]
    public void Encode_FolderWithoutWeights_Works(string choice)
    {
        using var folder = new TemporaryFolder();
        foreach (string file in Directory.EnumerateFiles(Shared.Model("fp32"), "*.json"))
            File.Copy(file, folder[Path.GetFileName(file)]);
        using ModelTokenizer alone = Tokenizer(folder.Path, choice), tokenizer = Tokenizer(Shared.Model("fp32"), choice);
        Assert.Equal(tokenizer.EncodePrompt("Once upon a time"), alone.EncodePrompt("Once upon a time"));
        Assert.Equal(tokenizer.Prefix, alone.Prefix);
    }

    /// <summary>
    /// Trap: for what is not in its vocabulary the runtime gives -1, and its model reads the embedding of another token for that. Hugging
    /// Face's library leaves it out.
    /// </summary>
    [SharedTheory]
    [InlineData("auto")]
    [InlineData("genai")]
    public async Task Encode_PartOutsideTheVocabulary_ErrsTheRequestAlone(string choice)
    {
        using var folder = new TemporaryFolder();
        foreach (string file in (string[])["genai_config.json", "model.onnx"])
            File.Copy(Path.Combine(Shared.Model("fp32"), file), folder[file]);
        folder.Write("tokenizer.json", """
            {"version": "1.0", "added_tokens": [], "normalizer": null, "post_processor": null, "decoder": {"type": "ByteLevel"},
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
             "model": {"type": "BPE", "dropout": null, "unk_token": null, "fuse_unk": false, "byte_fallback": false,
                       "vocab": {"a": 5, "b": 6, "ab": 7, "\u0120": 8}, "merges": ["a b"]}}
            """);
        folder.Write("tokenizer_config.json", """{"tokenizer_class": "GPT2Tokenizer"}""");
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(
            folder.Path, new GenAiOptions { Tokenizer = choice }, CancellationToken.None);
        Request[] requests = [.. ((string[])["ab a", "abc"]).Select(
            (text, i) => new LogLikelihoodRequest { Key = new RequestKey("t", i, 0), Prompt = text, Continuation = " b" })];
        Response[] responses = [.. (await engine.RunAsync(
            requests, new HashSet<RequestKey>(), CancellationToken.None).ToListAsync()).OrderBy(r => r.Key.Document)];
        Assert.NotNull(responses[0].LogLikelihood);
        Assert.Equal("the text has a part for which the tokenizer knows no token", responses[1].Error);
    }

    [SharedTheory]
    [InlineData("auto")]
    [InlineData("genai")]
    public void Decode_NoTokens_IsEmpty(string choice)
    {
        using ModelTokenizer tokenizer = Tokenizer(Shared.Model("fp32"), choice);
        Assert.Equal("", tokenizer.Decode([]));
    }
}
