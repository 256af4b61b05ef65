using System.Text.Json.Nodes;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Prompts;

namespace EvalHarness.Tests.Engines;

/// <summary>
/// Trap: a model's own config can switch on guessing ahead, by n-grams or by a smaller draft model. Steps then give several rows of
/// logits, and batches throw. Answers must be those of the model without it.
/// </summary>
public sealed class SpeculationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static readonly List<Request> Requests =
    [
        .. ((string[])["Once upon a time, a cat sat. A cat sat. A cat", "Tim and his mom went to the park. They saw", "One day,"])
            .SelectMany((start, i) => (Request[])
        [
            new GenerateRequest
            {
                Key = new RequestKey("g", i, 0),
                Prompt = start,
                Options = new() { Until = [], MaxTokens = 32 },
                Seed = 1,
            },
            new LogLikelihoodRequest
            {
                Key = new RequestKey("s", i, 0),
                Prompt = start,
                Continuation = " was very happy and played all day.",
            },
        ]),
    ];

    private static async Task<(Dictionary<RequestKey, Response> Responses, EngineDescription Description)> RunAsync(
        string folder, GenAiOptions options)
    {
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(folder, options, CancellationToken.None);
        var responses = new Dictionary<RequestKey, Response>();
        await foreach (Response response in engine.RunAsync(Requests, new HashSet<RequestKey>(), CancellationToken.None))
            responses.Add(response.Key, response);
        return (responses, engine.Description);
    }

    [SharedTheory]
    [InlineData("n-grams", 1, true)]
    [InlineData("n-grams", 2, true)]
    [InlineData("n-grams", 1, false)]
    [InlineData("draft", 1, true)]
    [InlineData("draft", 2, true)]
    [InlineData("draft", 1, false)]
    public async Task Run_SpeculationInTheModelsConfig_ChangesNothing(string kind, int batchSize, bool append)
    {
        Speculate(kind);
        (Dictionary<RequestKey, Response> expected, _) = await RunAsync(Shared.Model("fp32"), new GenAiOptions());
        Capabilities? assumed = append ? null : new Capabilities(Append: false, Rewind: false, AllRows: true, Batch: kind == "n-grams");
        (Dictionary<RequestKey, Response> actual, EngineDescription description) = await RunAsync(
            _folder.Path, new GenAiOptions { BatchSize = batchSize, Assumed = assumed });
        foreach ((RequestKey key, Response response) in actual)
        {
            Assert.Null(response.Error);
            Assert.Equal(expected[key].Text, response.Text);
            Assert.Equal(expected[key].LogLikelihood ?? 0, response.LogLikelihood ?? 0, 1e-4);
        }

        Assert.Equal(expected.Count, actual.Count);
        // N-grams can be switched off; a draft cannot, and what it does not let through is computed one by one.
        Assert.Equal(kind == "n-grams" ? "right" : "refused or wrong", description.Settings["batches"]);
    }

    /// <summary>The small model in fp32, with itself in int4 as the draft.</summary>
    private void Speculate(string kind)
    {
        foreach (string file in Directory.EnumerateFiles(Shared.Model("fp32")))
            File.Copy(file, _folder[Path.GetFileName(file)]);
        JsonNode config = JsonNode.Parse(File.ReadAllText(_folder["genai_config.json"]))!;
        config["speculative"] = new JsonObject { ["max_draft_tokens"] = 4 };
        if (kind == "n-grams")
        {
            config["speculative"]!["ngram_size"] = 3;
        }
        else
        {
            File.Copy(Path.Combine(Shared.Model("int4"), "model.onnx"), _folder["draft.onnx"]);
            config["model"]!["draft"] = config["model"]!["decoder"]!.DeepClone();
            config["model"]!["draft"]!["filename"] = "draft.onnx";
        }

        File.WriteAllText(_folder["genai_config.json"], config.ToJsonString());
    }

    public void Dispose() => _folder.Dispose();
}
