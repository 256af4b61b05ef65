using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EvalHarness.Engines;
using EvalHarness.LlamaCpp.Engine;
using EvalHarness.LlamaCpp.Runtime;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Planning;
using EvalHarness.Prompts;
using EvalHarness.Tasks;
using EvalHarness.Tests.LlamaCpp;

namespace EvalHarness.Tests.Engines;

/// <summary>What every engine promises.</summary>
public abstract class EngineContractTests
{
    private protected static readonly GenerationOptions Greedy = new() { Until = ["\n"], MaxTokens = 12 };

    /// <summary>
    /// Two documents with three choices, two with a completion; completions alone for an engine without log-likelihoods.
    /// </summary>
    private protected virtual IReadOnlyList<Request> Requests { get; } =
    [
        .. Choices(0, "Once upon a time, there was a little"),
        .. Choices(1, "Once upon a time, there was a big"),
        Generate(2, "Lily and Tom went to the"),
        Generate(3, "Lily and Tom went to"),
    ];

    private static IEnumerable<Request> Choices(long document, string context) =>
        ((string[])[" girl", " dog", " boy named Tim"]).Select((c, i) =>
        new LogLikelihoodRequest { Key = new RequestKey("t", document, i), Prompt = context, Continuation = c });

    private protected static GenerateRequest Generate(long document, string context, GenerationOptions? options = null, int seed = 1) =>
        new() { Key = new RequestKey("t", document, 0), Prompt = context, Options = options ?? Greedy, Seed = seed };

    private protected abstract Task<IEngine> OpenAsync();

    /// <summary>
    /// Whether answers may arrive that nobody takes any more, because several requests are under way when a run stops. They are counted:
    /// a server charges for them.
    /// </summary>
    private protected virtual bool CountsAnswersThatNobodyTakes => false;

    /// <summary>A request that the engine cannot answer.</summary>
    private protected abstract Request Unanswerable { get; }

    /// <summary>
    /// Whether answers have the form of a JSON schema that is asked for. An engine that cannot do so refuses; null where answers are as
    /// they were recorded.
    /// </summary>
    private protected virtual bool? KeepsToSchemas => true;

    private protected static async Task<Dictionary<RequestKey, Response>> RunAsync(
        IEngine engine, IReadOnlyList<Request> requests, params RequestKey[] answered)
    {
        var responses = new Dictionary<RequestKey, Response>();
        await foreach (Response response in engine.RunAsync(requests, answered.ToHashSet(), CancellationToken.None))
            Assert.True(responses.TryAdd(response.Key, response), $"{response.Key} was answered twice");
        return responses;
    }

    private protected static string Comparable(Response r) =>
        JsonSerializer.Serialize(r with { Milliseconds = 0 });

    [SharedFact]
    public async Task Run_AllRequests_AnswersEachOnceAndFits()
    {
        await using IEngine engine = await OpenAsync();
        Dictionary<RequestKey, Response> responses = await RunAsync(engine, Requests);
        Assert.Equal(Requests.Select(r => r.Key).ToHashSet(), responses.Keys.ToHashSet());
        foreach (Request request in Requests)
        {
            Response response = responses[request.Key];
            Assert.Null(response.Error);
            Assert.Equal(
                request is LogLikelihoodRequest,
                response is { LogLikelihood: < 0, IsGreedy: not null, FinishReason: FinishReason.Scored, Text: null });
            Assert.Equal(request is GenerateRequest, response is { LogLikelihood: null, Text: not null });
        }
    }

    /// <summary>A run is cut into parts by it, in processes that know nothing of each other.</summary>
    [SharedFact]
    public async Task Order_Documents_NamesEachOnceWithWhatItCosts()
    {
        await using IEngine engine = await OpenAsync();
        IReadOnlyList<DocumentWork> order = engine.Order(Requests);
        Assert.Equal([0L, 1L, 2L, 3L], order.Select(d => d.Document).Order());
        Assert.All(order, d => Assert.True(d is { Tokens: > 0, Shared: >= 0 }, $"{d}"));
        Assert.Equal(0, order[0].Shared);
        await using IEngine other = await OpenAsync();
        Assert.Equal(order, other.Order(Requests));
    }

    [SharedFact]
    public async Task Run_Twice_GivesTheSame()
    {
        await using IEngine engine = await OpenAsync();
        Dictionary<RequestKey, Response> first = await RunAsync(engine, Requests), second = await RunAsync(engine, Requests);
        Assert.All(first, r => Assert.Equal(Comparable(r.Value), Comparable(second[r.Key])));
    }

    /// <summary>A resumed run answers only what is still unanswered, and gives bit for bit the same answers.</summary>
    [SharedFact]
    public async Task Run_SomeAnswered_AnswersTheRestTheSame()
    {
        await using IEngine engine = await OpenAsync();
        Dictionary<RequestKey, Response> whole = await RunAsync(engine, Requests);
        RequestKey[][] cases =
            [[Requests[0].Key], [Requests[1].Key, Requests[2].Key, Requests[6].Key], [.. Requests.Skip(1).Select(r => r.Key)]];
        foreach (RequestKey[] answered in cases)
        {
            Dictionary<RequestKey, Response> rest = await RunAsync(engine, Requests, answered);
            Assert.Equal(Requests.Select(r => r.Key).Except(answered).ToHashSet(), rest.Keys.ToHashSet());
            Assert.All(rest, r => Assert.Equal(Comparable(whole[r.Key]), Comparable(r.Value)));
        }
    }

    [SharedFact]
    public async Task Run_OneUnanswerable_ErrsAloneWithAReason()
    {
        await using IEngine engine = await OpenAsync();
        Dictionary<RequestKey, Response> responses = await RunAsync(engine, [.. Requests, Unanswerable]);
        Response failed = responses[Unanswerable.Key];
        Assert.Equal(FinishReason.Error, failed.FinishReason);
        Assert.False(string.IsNullOrWhiteSpace(failed.Error));
        Assert.Null(failed.LogLikelihood);
        Assert.Null(failed.Text);
        Assert.All(Requests, r => Assert.Null(responses[r.Key].Error));
    }

    [SharedFact]
    public async Task Run_Cancelled_Throws()
    {
        await using IEngine engine = await OpenAsync();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (Response _ in engine.RunAsync(Requests, new HashSet<RequestKey>(), cancelled.Token))
            {
            }
        });
    }

    [SharedFact]
    public async Task Run_ReaderLeavesEarly_EngineCanBeUsedAgain()
    {
        await using IEngine engine = await OpenAsync();
        await foreach (Response _ in engine.RunAsync(Requests, new HashSet<RequestKey>(), CancellationToken.None))
            break;
        Assert.Equal(Requests.Count, (await RunAsync(engine, Requests)).Count);
    }

    /// <summary>
    /// A request counts when it is answered, so that a run that was stopped and the one that continues it count each request once together.
    /// </summary>
    [SharedFact]
    public async Task Usage_OfTwoParts_AsksForWhatTheWholeDoes()
    {
        await using IEngine engine = await OpenAsync();
        await RunAsync(engine, Requests);
        EngineUsage whole = engine.Usage;
        var answered = new HashSet<RequestKey>();
        await foreach (Response response in engine.RunAsync(Requests, new HashSet<RequestKey>(), CancellationToken.None))
        {
            if (answered.Add(response.Key) && answered.Count == 3)
                break;
        }

        EngineUsage first = engine.Usage.Since(whole);
        await RunAsync(engine, Requests, [.. answered]);
        EngineUsage parts = engine.Usage.Since(whole);
        if (CountsAnswersThatNobodyTakes)
        {
            Assert.InRange(parts.PromptTokensAsked, whole.PromptTokensAsked, 2 * whole.PromptTokensAsked);
            return;
        }

        Assert.InRange(first.PromptTokensAsked, 0, Math.Max(0, whole.PromptTokensAsked - 1));
        Assert.Equal(whole.PromptTokensAsked, parts.PromptTokensAsked);
        Assert.InRange(parts.PromptTokensUnique, whole.PromptTokensUnique, whole.PromptTokensAsked);
    }

    /// <summary>
    /// A conversation is answered as the text that the engine renders it to, or refused as its rendering is. An engine that passes
    /// conversations on gives the same one back.
    /// </summary>
    [SharedFact]
    public async Task Run_Conversation_IsRenderedByTheEngine()
    {
        await using IEngine engine = await OpenAsync();
        var prompt = Prompt.FromMessages([new ChatMessage("user", "Once upon a time")], isPrefilled: false);
        GenerateRequest request = Generate(4, "") with { Prompt = prompt };
        try
        {
            Prompt rendered = engine.Render(prompt);
            Assert.True(rendered.IsRendered || ReferenceEquals(prompt, rendered));
            Assert.Equal(
                Comparable((await RunAsync(engine, [request with { Prompt = rendered }])).Values.Single()),
                Comparable((await RunAsync(engine, [request])).Values.Single()));
        }
        catch (EvalException refused)
        {
            EvalException thrown = await Assert.ThrowsAsync<EvalException>(() => RunAsync(engine, [request]));
            Assert.Equal((refused.ExitCode, refused.Message), (thrown.ExitCode, thrown.Message));
        }

        Prompt text = "Once";
        Assert.Same(text, engine.Render(text));
    }

    private const string Schema =
        """{"type":"object","properties":{"grade":{"enum":["CORRECT","INCORRECT"]}},"required":["grade"],"additionalProperties":false}""";

    [SharedFact]
    public async Task Run_JsonSchema_IsKeptToOrRefused()
    {
        if (KeepsToSchemas is not { } keeps)
            return;
        GenerationOptions whole = Greedy with { MaxTokens = 60, JsonSchema = Schema }, cut = whole with { MaxTokens = 3 };
        IReadOnlyList<Request> guided =
        [
            Generate(4, "Lily and Tom went to the park. Grade this:", whole),
            Generate(5, "Lily and Tom went to the", whole),
            Generate(6, "Lily and Tom went to the", whole),
            Generate(7, "Lily and Tom", cut),
            Generate(8, "Lily and Tom went to the", whole with { Sample = true }, seed: 3),
        ];
        await using IEngine engine = await OpenAsync();
        if (!keeps)
        {
            EvalException refused = await Assert.ThrowsAsync<EvalException>(() => RunAsync(engine, guided));
            Assert.Equal(ExitCode.Model, refused.ExitCode);
            Assert.StartsWith("task t wants answers in the form of a JSON schema", refused.Message, StringComparison.Ordinal);
            Assert.Equal(0, engine.Usage.PromptTokensComputed);
            return;
        }

        Dictionary<RequestKey, Response> free = await RunAsync(engine, Requests);
        IReadOnlyList<Request> all = [.. Requests, .. guided];
        Dictionary<RequestKey, Response> responses = await RunAsync(engine, all);
        Assert.All(Requests, r => Assert.Equal(Comparable(free[r.Key]), Comparable(responses[r.Key])));
        foreach (Request request in guided.Where(r => r.Key.Document != 7))
        {
            Response response = responses[request.Key];
            Assert.Null(response.Error);
            Assert.Equal(FinishReason.EndOfText, response.FinishReason);
            Assert.InRange(response.CompletionTokens, 1, 60);
            JsonProperty grade = Assert.Single(JsonElement.Parse(response.Text!).EnumerateObject());
            Assert.Equal("grade", grade.Name);
            Assert.Contains(grade.Value.GetString(), (string[])["CORRECT", "INCORRECT"]);
        }

        Response beginning = responses[guided[3].Key];
        Assert.Equal((FinishReason.Length, 3), (beginning.FinishReason, beginning.CompletionTokens));
        Assert.StartsWith("{", beginning.Text, StringComparison.Ordinal);
        RequestKey[] answered = [Requests[0].Key, guided[0].Key, guided[1].Key];
        Dictionary<RequestKey, Response> rest = await RunAsync(engine, all, answered);
        Assert.Equal(all.Count - answered.Length, rest.Count);
        Assert.All(rest, r => Assert.Equal(Comparable(responses[r.Key]), Comparable(r.Value)));
    }

    private protected static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

public sealed class ReplayEngineContractTests : EngineContractTests, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private protected override Request Unanswerable => Generate(9, "never recorded");

    private protected override bool? KeepsToSchemas => null;

    private protected override async Task<IEngine> OpenAsync()
    {
        string[] lines = [.. Requests.Select(r => r is LogLikelihoodRequest l
            ? $$"""{"context_sha256": "{{Hash(l.Context)}}", "continuation": "{{l.Continuation}}",""" +
                $$""" "loglikelihood": -{{l.Key.Index + 1}}.5, "is_greedy": false}"""
            : $$"""{"context": "{{r.Context}}", "response": "park {{r.Key.Document}}"}""")];
        return await ReplayEngine.LoadAsync(_folder.Write("answers.jsonl", string.Join('\n', lines)), CancellationToken.None);
    }

    public void Dispose() => _folder.Dispose();
}

public sealed class GenAiEngineContractTests : EngineContractTests
{
    private protected override Request Unanswerable => Generate(9, string.Concat(Enumerable.Repeat("Once upon a time. ", 5000)));

    private protected override async Task<IEngine> OpenAsync() =>
        await GenAiEngine.LoadAsync(Shared.Model("fp32"), new GenAiOptions(), CancellationToken.None);
}

public sealed class BatchedGenAiEngineContractTests : EngineContractTests
{
    private protected override Request Unanswerable => Generate(9, "half \ud83d");

    private protected override async Task<IEngine> OpenAsync() =>
        await GenAiEngine.LoadAsync(Shared.Model("fp32"), new GenAiOptions { BatchSize = 2 }, CancellationToken.None);
}

/// <summary>A device that refuses a second append, as DirectML does.</summary>
public sealed class NoAppendGenAiEngineContractTests : EngineContractTests
{
    private protected override Request Unanswerable => Generate(9, "a sampled completion", Greedy with { Sample = true });

    private protected override async Task<IEngine> OpenAsync() =>
        await GenAiEngine.LoadAsync(
            Shared.Model("fp32"),
            new GenAiOptions { Assumed = new Capabilities(Append: false, Rewind: false, AllRows: true, Batch: true) },
            CancellationToken.None);
}

/// <summary>A model type that ignores a rewind, as multimodal ones do.</summary>
public sealed class NoRewindGenAiEngineContractTests : EngineContractTests
{
    private protected override Request Unanswerable => Generate(9, "half \ud83d");

    private protected override async Task<IEngine> OpenAsync() =>
        await GenAiEngine.LoadAsync(
            Shared.Model("fp32"),
            new GenAiOptions { Assumed = new Capabilities(Append: true, Rewind: false, AllRows: true, Batch: true) },
            CancellationToken.None);
}

/// <summary>A graph that gives the last row of logits only.</summary>
public sealed class LastRowGenAiEngineContractTests : EngineContractTests
{
    private protected override Request Unanswerable => Generate(9, "half \ud83d");

    private protected override async Task<IEngine> OpenAsync() =>
        await GenAiEngine.LoadAsync(
            Shared.Model("fp32"),
            new GenAiOptions { Assumed = new Capabilities(Append: true, Rewind: true, AllRows: false, Batch: true) },
            CancellationToken.None);
}

public sealed class TwoWorkersGenAiEngineContractTests : EngineContractTests
{
    private protected override Request Unanswerable => Generate(9, "half \ud83d");

    private protected override async Task<IEngine> OpenAsync() =>
        await GenAiEngine.LoadAsync(Shared.Model("fp32"), new GenAiOptions { Workers = 2 }, CancellationToken.None);
}

/// <summary>The same weights in a GGUF file.</summary>
public sealed class LlamaCppEngineContractTests : EngineContractTests, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private protected override Request Unanswerable => Generate(9, "half \ud83d");

    private protected override bool? KeepsToSchemas => false;

    private protected override async Task<IEngine> OpenAsync() =>
        await LlamaCppEngine.LoadAsync(
            GgufModels.WriteStories(_folder.Path, GgufWriter.F32), new LlamaCppOptions { Threads = 2 }, CancellationToken.None);

    public void Dispose() => _folder.Dispose();
}

/// <summary>Weights of 4 bits, whose kernels round differently for other numbers of tokens at once.</summary>
public sealed class QuantizedLlamaCppEngineContractTests : EngineContractTests, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private protected override Request Unanswerable => Generate(9, string.Concat(Enumerable.Repeat("Once upon a time. ", 5000)));

    private protected override bool? KeepsToSchemas => false;

    private protected override async Task<IEngine> OpenAsync() =>
        await LlamaCppEngine.LoadAsync(
            GgufModels.WriteStories(_folder.Path, GgufWriter.Q4_0), new LlamaCppOptions(), CancellationToken.None);

    public void Dispose() => _folder.Dispose();
}

/// <summary>Every prompt from its first token, as for a model that cannot take tokens back.</summary>
public sealed class NoReuseLlamaCppEngineContractTests : EngineContractTests, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private protected override Request Unanswerable => Generate(9, "half \ud83d");

    private protected override bool? KeepsToSchemas => false;

    private protected override async Task<IEngine> OpenAsync() =>
        await LlamaCppEngine.LoadAsync(
            GgufModels.WriteStories(_folder.Path, GgufWriter.Q8_0), new LlamaCppOptions { PrefixReuse = false }, CancellationToken.None);

    public void Dispose() => _folder.Dispose();
}
