using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Planning;
using EvalHarness.Prompts;
using EvalHarness.Tasks;

namespace EvalHarness.Tests.Engines;

/// <summary>Compares completions in batches with the same completions one by one.</summary>
public sealed class BatchTests
{
    private static readonly string[] Starts =
    [
        "Once upon a time, there was a", "One day, a girl named Lily", "The dog", "Tim and his mom went to the park. They saw", "Once",
        "A big cat",
    ];

    private static List<Request> Completions(Func<int, GenerationOptions> options) => [.. Starts.Select((s, i) =>
        (Request)new GenerateRequest { Key = new RequestKey("g", i, 0), Prompt = s, Options = options(i), Seed = 1 })];

    private static GenerationOptions Tokens(int count, params string[] until) => new() { Until = until, MaxTokens = count };

    private static async Task<(Dictionary<RequestKey, Response> Responses, EngineUsage Usage)> RunAsync(
        GenAiOptions options, IReadOnlyList<Request> requests)
    {
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(Shared.Model("fp32"), options, CancellationToken.None);
        var responses = new Dictionary<RequestKey, Response>();
        await foreach (Response response in engine.RunAsync(requests, new HashSet<RequestKey>(), CancellationToken.None))
            responses.Add(response.Key, response);
        return (responses, engine.Usage);
    }

    private static void AssertSame(Dictionary<RequestKey, Response> expected, Dictionary<RequestKey, Response> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        foreach ((RequestKey key, Response response) in expected)
            Assert.Equal(
                (response.Error, response.Text, response.FinishReason, response.CompletionTokens),
                (actual[key].Error, actual[key].Text, actual[key].FinishReason, actual[key].CompletionTokens));
    }

    /// <summary>A row that goes on long after the others is moved to a new batch, computed again, and gives the same text.</summary>
    [SharedFact]
    public async Task Run_RowsOfDifferentLength_DropsTheFinishedAndGoesOn()
    {
        List<Request> requests = Completions(i => Tokens(i == 2 ? 120 : 3 + i));
        (Dictionary<RequestKey, Response> alone, _) = await RunAsync(new GenAiOptions(), requests);
        (Dictionary<RequestKey, Response> batched, EngineUsage usage) = await RunAsync(new GenAiOptions { BatchSize = 6 }, requests);
        AssertSame(alone, batched);
        Assert.Equal(alone.Values.Sum(r => r.CompletionTokens), usage.TokensGenerated);
        // The moved row's prompt and its tokens so far are fed a second time; without the move every prompt is fed once.
        Assert.True(usage.PromptTokensComputed > usage.PromptTokensAsked, $"{usage}");
    }

    [SharedFact]
    public async Task Run_RowsThatEndTogether_AreFedOnce()
    {
        (_, EngineUsage usage) = await RunAsync(new GenAiOptions { BatchSize = 6 }, Completions(_ => Tokens(20)));
        Assert.Equal(usage.PromptTokensAsked, usage.PromptTokensComputed);
    }

    [SharedFact]
    public async Task Run_StopStrings_CutTheSame()
    {
        List<Request> requests = Completions(i => Tokens(40, i % 2 == 0 ? "." : "play", ","));
        (Dictionary<RequestKey, Response> alone, _) = await RunAsync(new GenAiOptions(), requests);
        Assert.Contains(alone.Values, r => r.FinishReason == FinishReason.Stop);
        AssertSame(alone, (await RunAsync(new GenAiOptions { BatchSize = 4 }, requests)).Responses);
    }

    /// <summary>Padding takes room in a row, so a short prompt beside one that fills the context has no room left to generate.</summary>
    [SharedFact]
    public async Task Run_ShortBesideOneThatFillsTheContext_GoesOnAlone()
    {
        string full = string.Concat(Enumerable.Repeat("Tom and Lily played in the park. ", 681));
        List<Request> requests =
        [
            .. Completions(_ => Tokens(30)).Take(2),
            new GenerateRequest { Key = new RequestKey("g", 9, 0), Prompt = full, Options = Tokens(4), Seed = 1 },
        ];
        (Dictionary<RequestKey, Response> alone, _) = await RunAsync(new GenAiOptions(), requests);
        Assert.InRange(alone[requests[2].Key].PromptTokens, 8165, 8187);
        AssertSame(alone, (await RunAsync(new GenAiOptions { BatchSize = 3 }, requests)).Responses);
    }

    /// <summary>A padding token inside a prompt would be masked in a batch, and the runtime would step from the row before it.</summary>
    [SharedFact]
    public async Task Run_PaddingTokenInThePrompt_GoesOnAlone()
    {
        List<Request> requests =
            [
                .. Completions(_ => Tokens(10)),
                .. ((string[])["Once upon a<unk>", "Once<unk> upon a"]).Select((text, i) =>
                    new GenerateRequest { Key = new RequestKey("g", 90 + i, 0), Prompt = text, Options = Tokens(10), Seed = 1 }),
            ];
        (Dictionary<RequestKey, Response> alone, _) = await RunAsync(new GenAiOptions(), requests);
        AssertSame(alone, (await RunAsync(new GenAiOptions { BatchSize = 8 }, requests)).Responses);
        Assert.NotEqual(alone[requests[^1].Key].Text, alone[requests[^2].Key].Text);
    }

    [SharedTheory]
    [InlineData(100.0, "in batches of 8")]
    [InlineData(0.5, "one by one over shared prefixes")]
    public async Task Run_Auto_TakesWhatTheRatesFavour(double batchDecode, string expected)
    {
        var said = new List<string>();
        List<Request> requests = Completions(_ => Tokens(20));
        (Dictionary<RequestKey, Response> alone, _) = await RunAsync(new GenAiOptions(), requests);
        var options = new GenAiOptions { BatchSize = null, Rates = new GenerationRates(8, 1000, 10, batchDecode), Announce = said.Add };
        AssertSame(alone, (await RunAsync(options, requests)).Responses);
        Assert.Contains(expected, Assert.Single(said), StringComparison.Ordinal);
    }

    [SharedFact]
    public async Task Load_Auto_MeasuresAndRecordsTheRates()
    {
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(
            Shared.Model("int4"), new GenAiOptions { BatchSize = null }, CancellationToken.None);
        GenerationRates rates = engine.Description.Rates!;
        Assert.Equal(8, rates.BatchSize);
        Assert.True(rates is { Prefill: > 100, Decode: > 10, BatchDecode: > 10 }, $"{rates}");
    }

    [SharedFact]
    public async Task Load_BatchesThatAreWrong_ComputesOneByOneAndSaysSo()
    {
        var said = new List<string>();
        var options = new GenAiOptions
        {
            BatchSize = 4,
            Assumed = new Capabilities(Append: true, Rewind: true, AllRows: true, Batch: false),
            Announce = said.Add,
        };
        IEnumerable<Request> requests = Starts.Select((_, i) => new GenerateRequest
        {
            Key = new RequestKey("g", i, 0),
            Prompt = Starts[0],
            Options = Tokens(3),
            Seed = 1,
        });
        (_, EngineUsage usage) = await RunAsync(options, [.. requests]);
        Assert.Contains("one by one", Assert.Single(said), StringComparison.Ordinal);
        Assert.True(usage.PromptTokensComputed < usage.PromptTokensAsked);
    }

    /// <summary>1,000 prompt tokens of which 400 are unique, 200 tokens to come: 4 + 10 s alone, 10 + 2 s in batches.</summary>
    [Fact]
    public void Estimate_ByHand() => Assert.Equal(
        (14.0, 12.0),
        new GenerationRates(8, Prefill: 100, Decode: 10, BatchDecode: 50)
            .Estimate(new PlanTokens(Asked: 1000, Unique: 400, Computed: 410), completionTokens: 200));
}
