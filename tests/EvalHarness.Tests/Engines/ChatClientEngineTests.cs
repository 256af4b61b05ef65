using System.Text.Json;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Tasks;
using Microsoft.Extensions.AI;
using Microsoft.ML.OnnxRuntimeGenAI;
using ChatMessage = EvalHarness.Prompts.ChatMessage;
using ChatTurn = Microsoft.Extensions.AI.ChatMessage;

namespace EvalHarness.Tests.Engines;

/// <summary>The engine over a chat client keeps what every engine promises, but that it scores nothing.</summary>
public sealed class ChatClientEngineContractTests : EngineContractTests
{
    private protected override IReadOnlyList<Request> Requests { get; } =
    [
        .. from document in (long[])[0, 1]
           from repeat in (int[])[0, 1, 2]
           select Generate(document, $"Question {document}", Greedy with { Sample = true }, seed: repeat) with
           {
               Key = new RequestKey("t", document, repeat),
           },
        Generate(2, "Lily and Tom went to the"),
        Generate(3, "Lily and Tom went to"),
    ];

    private protected override Request Unanswerable => Generate(9, "what fails");

    private protected override bool CountsAnswersThatNobodyTakes => true;

    private protected override Task<IEngine> OpenAsync()
    {
        var client = new AnsweringClient((turns, options) =>
        {
            string question = turns[^1].Text;
            if (question == "what fails")
                throw new InvalidOperationException("the gateway is\nclosed");
            return AnsweringClient.Said(
                options.ResponseFormat is ChatResponseFormatJson { Schema: not null }
                    ? """{"grade": "CORRECT"}"""
                    : $"{options.Seed}{question.Length} of them\nand more",
                options);
        });
        return Task.FromResult<IEngine>(new ChatClientEngine(client, new ChatClientOptions { Concurrency = 3 }));
    }
}

/// <summary>What a chat client is asked, and what becomes of its answers.</summary>
public sealed class ChatClientEngineTests
{
    private static readonly GenerationOptions Greedy = new() { Until = ["\n", ""], MaxTokens = 40 };

    private static readonly Prompt Conversation = Prompt.FromMessages(
        [new ChatMessage("system", "Be short."), new ChatMessage("user", "Four?"), new ChatMessage("assistant", "4"), new("user", "Five?")],
        isPrefilled: false);

    private static GenerateRequest Ask(Prompt prompt, GenerationOptions? options = null, long document = 0) =>
        new() { Key = new RequestKey("t", document, 0), Prompt = prompt, Options = options ?? Greedy, Seed = 7 };

    private static async Task<List<Response>> RunAsync(ChatClientEngine engine, params Request[] requests)
    {
        var responses = new List<Response>();
        await foreach (Response response in engine.RunAsync(requests, new HashSet<RequestKey>(), CancellationToken.None))
            responses.Add(response);
        return responses;
    }

    private static async Task<Response> AnswerAsync(IChatClient client, GenerateRequest request, ChatClientOptions? options = null) =>
        Assert.Single(await RunAsync(new ChatClientEngine(client, options), request));

    private static AnsweringClient Client(string text = "five") => new((_, options) => AnsweringClient.Said(text, options));

    private static AnsweringClient Client(ChatFinishReason? end, params AIContent[] contents) =>
        new((_, _) => new ChatResponse(new ChatTurn(ChatRole.Assistant, [.. contents])) { FinishReason = end });

    [Fact]
    public async Task Turns_OfAConversation_GoAsTheyAre_AndATextAsAUsers()
    {
        AnsweringClient client = Client();
        Response response = await AnswerAsync(client, Ask(Conversation));
        Assert.Equal(("five", FinishReason.Stop), (response.Text, response.FinishReason));
        Assert.Equal((10, 4, 4), (response.PromptTokens, response.CachedTokens, response.CompletionTokens));
        await AnswerAsync(client, Ask("Four and five"));
        Assert.Equal(
            [("system", "Be short."), ("user", "Four?"), ("assistant", "4"), ("user", "Five?")],
            client.Asked[0].Turns.Select(t => (t.Role.Value, t.Text)));
        Assert.Equal([("user", "Four and five")], client.Asked[1].Turns.Select(t => (t.Role.Value, t.Text)));
    }

    [Fact]
    public async Task Options_Greedy_SayNothingOfSampling()
    {
        AnsweringClient client = Client();
        await AnswerAsync(client, Ask("a"));
        ChatOptions options = client.Asked[0].Options;
        Assert.Equal((0f, 40), (options.Temperature, options.MaxOutputTokens));
        Assert.Equal(["\n"], options.StopSequences);
        Assert.Equal((null, null, null, null), (options.TopP, options.TopK, options.Seed, options.ResponseFormat));
    }

    [Fact]
    public async Task Options_Sampled_AreAllSent()
    {
        AnsweringClient client = Client();
        GenerationOptions sampled = new() { Until = [], Sample = true, Temperature = 0.5, TopP = 0.75, TopK = 20 };
        await AnswerAsync(client, Ask("a", sampled), new ChatClientOptions { Configure = o => o.ModelId = "other" });
        ChatOptions options = client.Asked[0].Options;
        Assert.Equal((0.5f, 0.75f, 20, 7L), (options.Temperature, options.TopP, options.TopK, options.Seed));
        Assert.Equal((256, null, "other"), (options.MaxOutputTokens, options.StopSequences, options.ModelId));
    }

    /// <summary>A client need not know stop strings.</summary>
    [Fact]
    public async Task StopString_InTheText_CutsItHere()
    {
        AnsweringClient client = Client(ChatFinishReason.Stop, new TextContent("five\nQuestion: six?"));
        Response response = await AnswerAsync(client, Ask("a"));
        Assert.Equal(("five", FinishReason.Stop), (response.Text, response.FinishReason));
    }

    public static TheoryData<string?, FinishReason> Ends => new()
    {
        { "length", FinishReason.Length },
        { "content_filter", FinishReason.ContentFilter },
        { "stop", FinishReason.EndOfText },
        { null, FinishReason.EndOfText },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Ends_AreThoseOfTheClient(string? end, FinishReason expected)
    {
        AnsweringClient client = Client(end is null ? null : new ChatFinishReason(end), new TextContent("five"));
        Response response = await AnswerAsync(client, Ask("a", Greedy with { Until = [] }));
        Assert.Equal(("five", expected), (response.Text, response.FinishReason));
    }

    [Fact]
    public async Task Refusal_IsTheText_AndAnotherErrorIsOne()
    {
        Response refusal = await AnswerAsync(
            Client(ChatFinishReason.Stop, new ErrorContent("I will not.") { ErrorCode = "Refusal" }), Ask("a"));
        Assert.Equal(("I will not.", FinishReason.Refusal), (refusal.Text, refusal.FinishReason));
        Response error = await AnswerAsync(Client(ChatFinishReason.Stop, new ErrorContent("overloaded")), Ask("a"));
        Assert.Contains("overloaded", error.Error, StringComparison.Ordinal);
        Response tool = await AnswerAsync(Client(ChatFinishReason.ToolCalls, new FunctionCallContent("1", "search")), Ask("a"));
        Assert.Contains("called a tool", tool.Error, StringComparison.Ordinal);
        Response nothing = await AnswerAsync(new AnsweringClient((_, _) => new ChatResponse()), Ask("a"));
        Assert.Contains("no message", nothing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reasoning_IsKeptApart()
    {
        Response response = await AnswerAsync(
            Client(ChatFinishReason.Stop, new TextReasoningContent("2 + 3"), new TextContent("\n\nfive")), Ask("a"));
        Assert.Equal(("five", "2 + 3", false), (response.Text, response.Reasoning, response.IsReasoningUnfinished));
        Response cut = await AnswerAsync(Client(ChatFinishReason.Length, new TextReasoningContent("2 +")), Ask("a"));
        Assert.Equal(("", "2 +", true), (cut.Text, cut.Reasoning, cut.IsReasoningUnfinished));
        Response marked = await AnswerAsync(
            Client(ChatFinishReason.Stop, new TextContent("<think>2\n+ 3</think> five\nsix")),
            Ask("a"),
            new ChatClientOptions { ThinkEndToken = "</think>" });
        Assert.Equal(("five", FinishReason.Stop), (marked.Text, marked.FinishReason));
        Assert.Contains("+ 3", marked.Reasoning, StringComparison.Ordinal);
    }

    /// <summary>A server looked for the stop strings in the reasoning; it is asked again, and not told them any more.</summary>
    [Fact]
    public async Task StopString_InTheReasoning_IsKeptHereFromThenOn()
    {
        var client = new AnsweringClient((_, options) => new ChatResponse(new ChatTurn(
            ChatRole.Assistant,
            options.StopSequences is null
                ? [new TextReasoningContent("2\n+ 3"), new TextContent("five\nsix")]
                : [new TextReasoningContent("2")])));
        var said = new List<string>();
        var engine = new ChatClientEngine(client, new ChatClientOptions { Announce = said.Add, Concurrency = 1 });
        List<Response> responses = await RunAsync(engine, Ask("a"), Ask("b", document: 1));
        Assert.All(responses, r => Assert.Equal(("five", FinishReason.Stop), (r.Text, r.FinishReason)));
        Assert.Equal(3, client.Asked.Count);
        Assert.Single(said);
    }

    [Fact]
    public async Task JsonSchema_IsTheFormat_AndAnAnswerWithoutItAnError()
    {
        GenerationOptions options = Greedy with { JsonSchema = """{"type": "object"}""" };
        AnsweringClient client = Client("{\"a\":\n 1}");
        Response response = await AnswerAsync(client, Ask("a", options with { Until = [] }));
        Assert.Equal(("{\"a\":\n 1}", FinishReason.EndOfText), (response.Text, response.FinishReason));
        Assert.Null(client.Asked[0].Options.StopSequences);
        var format = Assert.IsType<ChatResponseFormatJson>(client.Asked[0].Options.ResponseFormat);
        Assert.Equal("""{"type": "object"}""", format.Schema!.Value.GetRawText());
        Response plain = await AnswerAsync(Client("Correct."), Ask("a", options));
        Assert.Contains("not JSON", plain.Error, StringComparison.Ordinal);
        Assert.Equal(8, plain.CompletionTokens);
        Response cut = await AnswerAsync(Client("{\"a\": \"long\"}"), Ask("a", options with { MaxTokens = 5 }));
        Assert.Equal(("{\"a\":", FinishReason.Length), (cut.Text, cut.FinishReason));
    }

    public static TheoryData<Request, ExitCode, string> Refused => new()
    {
        { new LogLikelihoodRequest { Key = new("t", 1, 0), Prompt = "a", Continuation = "b" }, ExitCode.Model, "log-likelihoods" },
        { new RollingLogLikelihoodRequest { Key = new("t", 1, 0), Prompt = "a" }, ExitCode.Model, "log-likelihoods" },
        { Ask("a", Greedy with { RepetitionPenalty = 1.1 }), ExitCode.Model, "repetition_penalty" },
        { Ask("a", Greedy with { Sample = true, MinP = 0.1 }), ExitCode.Model, "min_p" },
        { Ask("a", Greedy with { JsonSchema = "{" }), ExitCode.Task, "not valid JSON" },
        { Ask(Prompt.FromMessages([new("user", "a"), new("assistant", "b")], isPrefilled: true)), ExitCode.Model, "gen_prefix" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task WhatAClientCannotBeAsked_IsRefusedBeforeAnythingIs(Request request, ExitCode code, string expected)
    {
        AnsweringClient client = Client();
        EvalException refused = await Assert.ThrowsAsync<EvalException>(
            () => RunAsync(new ChatClientEngine(client), Ask("first", document: 5), request));
        Assert.Equal(code, refused.ExitCode);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.Empty(client.Asked);
    }

    /// <summary>A client's own time limit ends one request, and not the run.</summary>
    [Fact]
    public async Task ClientThatThrows_ErrsThatRequestAlone()
    {
        var client = new AnsweringClient((turns, options) => turns[0].Text switch
        {
            "late" => throw new TaskCanceledException("the client\nwaited 100 s"),
            "empty" => throw new InvalidOperationException(""),
            _ => AnsweringClient.Said("five", options),
        });
        List<Response> responses = await RunAsync(
            new ChatClientEngine(client),
            Ask("a"),
            Ask("late", document: 1),
            Ask("empty", document: 2),
            Ask("half \ud83d", document: 3),
            Ask("b", document: 4));
        string?[] errors = [.. responses.OrderBy(r => r.Key.Document).Select(r => r.Error)];
        Assert.Equal((null, "the client waited 100 s", null), (errors[0], errors[1], errors[4]));
        Assert.False(string.IsNullOrEmpty(errors[2]));
        Assert.Contains("surrogate", errors[3], StringComparison.Ordinal);
        Assert.Equal(4, client.Asked.Count);
    }

    [Fact]
    public async Task Cancellation_EndsWhatIsUnderWay()
    {
        using var cancelled = new CancellationTokenSource();
        var client = new AnsweringClient(async (_, options, token) =>
        {
            await cancelled.CancelAsync();
            await Task.Delay(Timeout.Infinite, token);
            return AnsweringClient.Said("never", options);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (Response _ in new ChatClientEngine(client)
                .RunAsync([Ask("a")], new HashSet<RequestKey>(), cancelled.Token))
            {
            }
        });
    }

    [Fact]
    public async Task Concurrency_IsTheBound()
    {
        int now = 0, most = 0;
        var client = new AnsweringClient(async (_, options, token) =>
        {
            int running = Interlocked.Increment(ref now);
            InterlockedMax(ref most, running);
            await Task.Delay(5, token);
            Interlocked.Decrement(ref now);
            return AnsweringClient.Said("five", options);
        });
        Request[] requests = [.. Enumerable.Range(0, 30).Select(i => Ask("a", document: i))];
        Assert.Equal(30, (await RunAsync(new ChatClientEngine(client, new ChatClientOptions { Concurrency = 4 }), requests)).Count);
        Assert.InRange(most, 1, 4);
    }

    private static void InterlockedMax(ref int place, int value)
    {
        int seen;
        while ((seen = place) < value && Interlocked.CompareExchange(ref place, value, seen) != seen)
        {
        }
    }

    [Fact]
    public void Description_NamesModelClientAndSettings()
    {
        var options = new ChatClientOptions { Settings = new Dictionary<string, string> { ["address"] = "http://localhost" } };
        EngineDescription description = new ChatClientEngine(Client(), options).Description;
        Assert.Equal(("chat client", "org/model:7b", "model-7b"), (description.Engine, description.ModelPath, description.ModelName));
        Assert.Equal("http://localhost", description.Settings["address"]);
        Assert.Equal("tests", description.Settings["provider"]);
        Assert.Equal("m", new ChatClientEngine(Client(), new ChatClientOptions { Model = "m" }).Description.ModelName);
        Assert.NotEqual("unknown", description.Versions["Microsoft.Extensions.AI.Abstractions"]);
        foreach (ChatClientOptions wrong in (ChatClientOptions[])[new() { Model = "a/.." }, new() { Concurrency = 0 }])
            Assert.Equal(ExitCode.Usage, Assert.Throws<EvalException>(() => new ChatClientEngine(Client(), wrong)).ExitCode);
    }

    /// <summary>
    /// A client that others made, over a model that is here. That of version 0.18 repeats the last token of an answer, so that one in the
    /// form of a schema is not JSON; it must be right or an error.
    /// </summary>
    [Fact]
    public async Task ClientOfTheRuntime_IsRightOrAnError()
    {
        string model = Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-fp32");
        using var client = new OnnxRuntimeGenAIChatClient(model);
        var engine = new ChatClientEngine(client, new ChatClientOptions { Model = "tiny", Concurrency = 1 });
        GenerationOptions free = Greedy with { Until = [] };
        GenerationOptions formed = free with { JsonSchema = """{"x-guidance": {"whitespace_flexible": false}, "enum": [{"a": 1}]}""" };
        List<Response> responses = await RunAsync(engine, Ask("What is 2 plus 3?", free), Ask("What is 2 plus 3?", formed, document: 1));
        Assert.Null(responses[0].Error);
        Assert.NotEqual("", responses[0].Text);
        Assert.All(responses, r => Assert.True(r is { PromptTokens: > 0, CompletionTokens: > 0 }, $"{r}"));
        Assert.True(
            responses[1].Error?.Contains("not JSON", StringComparison.Ordinal)
            ?? JsonElement.Parse(responses[1].Text!).GetProperty("a").GetInt32() == 1,
            $"{responses[1]}");
    }
}
