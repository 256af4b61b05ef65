using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Prompts;
using EvalHarness.Tasks;

namespace EvalHarness.Tests.Engines;

/// <summary>Compares the engine with itself: shared prefixes with none, batches with single sequences, one variant with another.</summary>
public sealed class GenAiEngineTests
{
    private static readonly GenerationOptions Greedy = new() { Until = [], MaxTokens = 24 };

    private static readonly string[] Starts =
    [
        "Once upon a time", "Once upon a time, there was a", "One day, a girl named Lily", "One day, a", "The dog",
        "Tim and his mom went to the park. They saw",
    ];

    private static List<Request> Completions(GenerationOptions options) => [.. Starts.Select((s, i) =>
        (Request)new GenerateRequest { Key = new RequestKey("g", i, 0), Prompt = s, Options = options, Seed = 100 + i })];

    private static List<Request> Scores() =>
        [.. Starts.SelectMany((s, i) => ((string[])[" little", " cat", ". They were very happy and played all day.", "!"]).Select((c, j) =>
        (Request)new LogLikelihoodRequest { Key = new RequestKey("s", i, j), Prompt = s, Continuation = c }))];

    private static async Task<Dictionary<RequestKey, Response>> RunAsync(
        string variant, GenAiOptions options, IReadOnlyList<Request> requests)
    {
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(Shared.Model(variant), options, CancellationToken.None);
        var responses = new Dictionary<RequestKey, Response>();
        await foreach (Response response in engine.RunAsync(requests, new HashSet<RequestKey>(), CancellationToken.None))
            responses.Add(response.Key, response);
        return responses;
    }

    [SharedTheory]
    [InlineData("fp32")]
    [InlineData("int8")]
    [InlineData("int4")]
    public async Task LogLikelihood_SharedPrefixes_EqualEachAlone(string variant)
    {
        Dictionary<RequestKey, Response> shared = await RunAsync(variant, new GenAiOptions(), Scores());
        Dictionary<RequestKey, Response> alone = await RunAsync(variant, new GenAiOptions { PrefixReuse = false }, Scores());
        foreach ((RequestKey key, Response response) in shared)
        {
            Assert.Null(response.Error);
            Assert.Equal(alone[key].LogLikelihood!.Value, response.LogLikelihood!.Value, 1e-4);
            Assert.Equal(alone[key].IsGreedy, response.IsGreedy);
            Assert.Equal(response.LogLikelihood.Value, response.TokenLogProbabilities.Sum(), 1e-9);
            Assert.Equal(response.CompletionTokens, response.TokenLogProbabilities.Count);
        }
    }

    [SharedTheory]
    [InlineData("fp32")]
    [InlineData("int4")]
    public async Task Completion_SharedAloneAndBatched_AreEqual(string variant)
    {
        Dictionary<RequestKey, Response> shared = await RunAsync(variant, new GenAiOptions(), Completions(Greedy));
        Dictionary<RequestKey, Response> alone = await RunAsync(variant, new GenAiOptions { PrefixReuse = false }, Completions(Greedy));
        Dictionary<RequestKey, Response> batched = await RunAsync(variant, new GenAiOptions { BatchSize = 4 }, Completions(Greedy));
        foreach ((RequestKey key, Response response) in shared)
        {
            Assert.Null(response.Error);
            Assert.Equal(alone[key].Text, response.Text);
            Assert.Equal(batched[key].Text, response.Text);
            Assert.Equal(batched[key].FinishReason, response.FinishReason);
            Assert.Equal(24, response.CompletionTokens);
        }
    }

    /// <summary>The slower ways that other models and devices take give the same answers.</summary>
    [SharedTheory]
    [InlineData(false, false, true)]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    public async Task Run_FewerCapabilities_GivesTheSame(bool append, bool rewind, bool allRows)
    {
        List<Request> requests = [.. Scores(), .. Completions(Greedy)];
        Dictionary<RequestKey, Response> expected = await RunAsync("fp32", new GenAiOptions(), requests);
        Dictionary<RequestKey, Response> actual =
            await RunAsync("fp32", new GenAiOptions { Assumed = new Capabilities(append, rewind, allRows, Batch: true) }, requests);
        foreach ((RequestKey key, Response response) in expected)
        {
            Assert.Null(actual[key].Error);
            Assert.Equal(response.Text, actual[key].Text);
            Assert.Equal(response.LogLikelihood ?? 0, actual[key].LogLikelihood ?? 0, 1e-4);
        }
    }

    /// <summary>Numbers agree to the last bit, because the pieces do not depend on which worker appends them.</summary>
    [SharedTheory]
    [InlineData("fp32", 1, true)]
    [InlineData("int8", 1, true)]
    [InlineData("int4", 1, true)]
    [InlineData("fp32", 2, true)]
    [InlineData("fp32", 1, false)]
    public async Task Run_TwoWorkers_GivesTheSame(string variant, int batchSize, bool reuse)
    {
        List<Request> requests = [.. Scores(), .. Completions(Greedy)];
        Dictionary<RequestKey, Response> expected =
            await RunAsync(variant, new GenAiOptions { BatchSize = batchSize, PrefixReuse = reuse }, requests);
        Dictionary<RequestKey, Response> actual =
            await RunAsync(variant, new GenAiOptions { BatchSize = batchSize, PrefixReuse = reuse, Workers = 2 }, requests);
        Assert.Equal(expected.Count, actual.Count);
        foreach ((RequestKey key, Response response) in expected)
        {
            Assert.Null(actual[key].Error);
            Assert.Equal(response.Text, actual[key].Text);
            Assert.Equal(response.LogLikelihood, actual[key].LogLikelihood);
            Assert.Equal(response.TokenLogProbabilities, actual[key].TokenLogProbabilities);
        }
    }

    [SharedFact]
    public async Task Run_TwoWorkersAndHalfAnswered_GivesTheRestTheSame()
    {
        List<Request> requests = [.. Scores(), .. Completions(Greedy)];
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(
            Shared.Model("int8"), new GenAiOptions { Workers = 2 }, CancellationToken.None);
        Dictionary<RequestKey, Response> expected = await RunAsync("int8", new GenAiOptions(), requests);
        var answered = requests.Where((_, i) => i % 3 != 0).Select(r => r.Key).ToHashSet();
        int count = 0;
        await foreach (Response response in engine.RunAsync(requests, answered, CancellationToken.None))
        {
            Assert.DoesNotContain(response.Key, answered);
            Assert.Equal(expected[response.Key].Text, response.Text);
            Assert.Equal(expected[response.Key].LogLikelihood, response.LogLikelihood);
            count++;
        }

        Assert.Equal(requests.Count - answered.Count, count);
    }

    /// <summary>Each engine has its own tokenizer, because the native one mixes up the texts of two threads.</summary>
    [SharedFact]
    public async Task Run_TwoEnginesAtOnce_DoNotDisturbEachOther()
    {
        Dictionary<RequestKey, Response> expected = await RunAsync("fp32", new GenAiOptions(), Scores());
        Dictionary<RequestKey, Response>[] both =
            await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => RunAsync("fp32", new GenAiOptions(), Scores()))));
        Assert.All(both, b => Assert.All(expected, r => Assert.Equal(r.Value.LogLikelihood, b[r.Key].LogLikelihood)));
    }

    /// <summary>
    /// Greedy decoding and scoring are two ways to the same tokens: what was generated is greedy, at the same probability.
    /// </summary>
    [SharedFact]
    public async Task Completion_ScoredAsContinuation_IsGreedyWithTheSameProbabilities()
    {
        Dictionary<RequestKey, Response> generated = await RunAsync("fp32", new GenAiOptions(), Completions(Greedy));
        // The decoder strips the space before a text's first word, which the completion had if it began a word.
        IEnumerable<Response> scored = (await RunAsync("fp32", new GenAiOptions(), [.. generated.Values.SelectMany(r =>
            ((string[])["", " "]).Select((space, i) => new LogLikelihoodRequest
            {
                Key = r.Key with { Index = i },
                Prompt = Starts[r.Key.Document],
                Continuation = space + r.Text,
            }))])).Values.GroupBy(s => s.Key.Document).Select(g => g.MaxBy(s => s.LogLikelihood)!);
        // Only texts that the tokenizer splits into the generated tokens again can be compared.
        List<Response> same = [.. scored.Where(s => s.CompletionTokens == Of(s).CompletionTokens)];
        Assert.NotEmpty(same);
        Assert.All(same, s =>
        {
            Assert.True(s.IsGreedy);
            Assert.Equal(Of(s).TokenLogProbabilities.Sum(), s.LogLikelihood!.Value, 1e-3);
        });

        Response Of(Response s) => generated.Values.Single(r => r.Key.Document == s.Key.Document);
    }

    /// <summary>
    /// Appending after a completion that ended in a stop string: the runtime's own step would leave a token out of the cache.
    /// </summary>
    [SharedFact]
    public async Task Completion_AfterOneThatStopped_IsNotDisturbed()
    {
        var stopping = new GenerationOptions { Until = [",", "."], MaxTokens = 24 };
        Dictionary<RequestKey, Response> together = await RunAsync("fp32", new GenAiOptions(), Completions(stopping));
        Assert.Contains(together.Values, r => r.FinishReason == FinishReason.Stop);
        foreach (Request request in Completions(stopping))
            Assert.Equal((await RunAsync("fp32", new GenAiOptions(), [request])).Single().Value.Text, together[request.Key].Text);
    }

    [SharedFact]
    public async Task Completion_Sampled_DependsOnItsSeedAlone()
    {
        var sampled = new GenerationOptions { Until = [], MaxTokens = 24, Sample = true, Temperature = 1.2, TopP = 0.95 };
        Dictionary<RequestKey, Response> together = await RunAsync("fp32", new GenAiOptions(), Completions(sampled));
        Dictionary<RequestKey, Response> batched = await RunAsync("fp32", new GenAiOptions { BatchSize = 8 }, Completions(sampled));
        Request one = Completions(sampled)[3];
        Assert.Equal((await RunAsync("fp32", new GenAiOptions(), [one])).Single().Value.Text, together[one.Key].Text);
        Assert.Equal(together[one.Key].Text, batched[one.Key].Text);
        var reseeded = (GenerateRequest)one with { Seed = 7 };
        Assert.NotEqual((await RunAsync("fp32", new GenAiOptions(), [reseeded])).Single().Value.Text, together[one.Key].Text);
    }

    [SharedFact]
    public async Task Variants_OfOneModel_Differ()
    {
        double[] sums =
        [
            .. (await Task.WhenAll(((string[])["fp32", "int8", "int4"]).Select(v => RunAsync(v, new GenAiOptions(), Scores())))).Select(
                r => r.Values.Sum(x => x.LogLikelihood!.Value)),
        ];
        Assert.Equal(3, sums.Distinct().Count());
        Assert.All(sums, s => Assert.Equal(sums[0], s, Math.Abs(sums[0]) * 0.2));
    }

    /// <summary>
    /// The search block of genai_config.json decides whatever is left open, and must decide nothing; chunk_size would leave only the
    /// last chunk's logits.
    /// </summary>
    [SharedTheory]
    [InlineData(1, null)]
    [InlineData(2, null)]
    [InlineData(1, 5)]
    [InlineData(1, 20)]
    public async Task Run_SearchBlockOfTheModel_ChangesNothing(int batchSize, int? chunkSize)
    {
        using var folder = new TemporaryFolder();
        foreach (string file in Directory.EnumerateFiles(Shared.Model("fp32")))
            File.Copy(file, folder[Path.GetFileName(file)]);
        string config = File.ReadAllText(folder["genai_config.json"]);
        string spoiled = config.Replace("\"do_sample\": false", "\"do_sample\": true", StringComparison.Ordinal)
            .Replace("\"repetition_penalty\": 1.0", "\"repetition_penalty\": 3.0", StringComparison.Ordinal)
            .Replace("\"min_length\": 0", "\"min_length\": 50", StringComparison.Ordinal)
            .Replace(
                "\"top_k\": 1", "\"top_k\": 40" + (chunkSize is null ? "" : $", \"chunk_size\": {chunkSize}"), StringComparison.Ordinal);
        Assert.NotEqual(config, spoiled);
        folder.Write("genai_config.json", spoiled);
        List<Request> requests = [.. Completions(Greedy), .. Scores()];
        Dictionary<RequestKey, Response> expected = await RunAsync("fp32", new GenAiOptions(), requests);
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(
            folder.Path, new GenAiOptions { BatchSize = batchSize }, CancellationToken.None);
        await foreach (Response response in engine.RunAsync(requests, new HashSet<RequestKey>(), CancellationToken.None))
        {
            Assert.Null(response.Error);
            Assert.Equal(expected[response.Key].Text, response.Text);
            Assert.Equal(expected[response.Key].LogLikelihood ?? 0, response.LogLikelihood ?? 0, 1e-4);
        }

        Assert.Equal("all rows", engine.Description.Settings["logits"]);
    }

    [SharedTheory]
    [InlineData("auto")]
    [InlineData("genai")]
    public async Task LogLikelihood_TextThatTheTokenizerWouldChange_IsRefused(string tokenizer)
    {
        Dictionary<RequestKey, Response> responses = await RunAsync("fp32", new GenAiOptions { Tokenizer = tokenizer },
        [
            new LogLikelihoodRequest { Key = new("t", 0, 0), Prompt = "before\0after", Continuation = " x" },
            new LogLikelihoodRequest { Key = new("t", 1, 0), Prompt = "half \ud83d", Continuation = " x" },
            new LogLikelihoodRequest { Key = new("t", 2, 0), Prompt = "no continuation", Continuation = "" },
            new LogLikelihoodRequest { Key = new("t", 3, 0), Prompt = "", Continuation = "Once upon a time" },
            new LogLikelihoodRequest { Key = new("t", 4, 0), Prompt = "Once upon a ", Continuation = "time" },
            new LogLikelihoodRequest { Key = new("t", 5, 0), Prompt = "Once upon a", Continuation = " time" },
        ]);
        // The runtime's tokenizer would cut the text there.
        Assert.Equal(tokenizer == "genai", responses[new("t", 0, 0)].Error?.Contains("NUL", StringComparison.Ordinal) == true);
        Assert.Contains("surrogate", responses[new("t", 1, 0)].Error, StringComparison.Ordinal);
        Assert.Contains("no token", responses[new("t", 2, 0)].Error, StringComparison.Ordinal);
        Assert.Null(responses[new("t", 3, 0)].Error);
        // A space at the end of the context belongs to the continuation.
        Assert.Equal(responses[new("t", 5, 0)].LogLikelihood, responses[new("t", 4, 0)].LogLikelihood);
    }

    [SharedFact]
    public async Task Completion_WindowIsFull_EndsThereAndSaysSo()
    {
        Response response = (await RunAsync(
            "fp32",
            new GenAiOptions { MaxLength = 16 },
            [Completions(new GenerationOptions { Until = [], MaxTokens = 100 })[0]])).Single().Value;
        Assert.Equal(FinishReason.ContextFull, response.FinishReason);
        Assert.Equal(16, response.PromptTokens + response.CompletionTokens);
    }

    [SharedFact]
    public async Task Usage_SharedPrefixes_StaysNearTheFloor()
    {
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(Shared.Model("fp32"), new GenAiOptions(), CancellationToken.None);
        await foreach (Response _ in engine.RunAsync(Scores(), new HashSet<RequestKey>(), CancellationToken.None))
        {
        }

        // These prompts differ after a word or two, and each such branch costs one token more.
        Assert.InRange(engine.Usage.PromptTokensComputed, engine.Usage.PromptTokensUnique, engine.Usage.PromptTokensUnique * 1.1);
        Assert.True(engine.Usage.PromptTokensAsked > 2 * engine.Usage.PromptTokensUnique);
    }
}
