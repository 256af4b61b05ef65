using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Tasks;

namespace EvalHarness.Tests.Engines;

/// <summary>Which recorded line answers which request.</summary>
public sealed class ReplayEngineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private Task<ReplayEngine> LoadAsync(params string[] lines) =>
        ReplayEngine.LoadAsync(_folder.Write("answers.jsonl", string.Join('\n', lines)), CancellationToken.None);

    private static GenerateRequest Ask(string task, long document, int index, Prompt prompt) => new()
    {
        Key = new RequestKey(task, document, index),
        Prompt = prompt,
        Options = new GenerationOptions { Until = [] },
        Seed = 0,
    };

    private static LogLikelihoodRequest Score(long document, int index, string continuation) =>
        new() { Key = new RequestKey("a", document, index), Prompt = "Q", Continuation = continuation };

    private static Task<List<Response>> RunAsync(ReplayEngine engine, params Request[] requests) =>
        engine.RunAsync(requests, new HashSet<RequestKey>(), CancellationToken.None).ToListAsync().AsTask();

    private static async Task<IEnumerable<string?>> TextsAsync(ReplayEngine engine, params Request[] requests) =>
        (await RunAsync(engine, requests)).Select(r => r.Text);

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public async Task LinesWithTheirRequest_OnePrompt_AnswerThatRequestAlone()
    {
        await using ReplayEngine engine = await LoadAsync(
            """{"task": "b", "doc_id": 0, "index": 1, "context": "Q", "response": "b0 second"}""",
            """{"task": "a", "doc_id": 7, "index": 0, "context": "Q", "response": "a7"}""",
            """{"task": "a", "doc_id": 0, "index": 0, "context": "Q", "response": "a0"}""",
            """{"task": "b", "doc_id": 0, "index": 0, "context": "Q", "response": "b0 first"}""",
            """{"task": "not in this run", "doc_id": 0, "index": 0, "context": "Q", "response": "c"}""");
        Assert.Equal(["a0", "a7"], await TextsAsync(engine, Ask("a", 0, 0, "Q"), Ask("a", 7, 0, "Q")));
        Assert.Equal(["b0 first", "b0 second"], await TextsAsync(engine, Ask("b", 0, 0, "Q"), Ask("b", 0, 1, "Q")));
        string[] missing =
            [.. (await RunAsync(engine, Ask("b", 0, 2, "Q"), Ask("b", 1, 0, "Q"), Ask("d", 0, 0, "Q"))).Select(r => r.Error!)];
        Assert.Contains("no recorded answer for b, document 0, request 2", missing[0], StringComparison.Ordinal);
        Assert.Contains("no recorded answer for b, document 1, request 0", missing[1], StringComparison.Ordinal);
        Assert.EndsWith("; it has answers of a, b, not in this run", missing[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task LineWithItsRequest_OfAnotherPrompt_ErrsThatRequestAlone()
    {
        await using ReplayEngine engine = await LoadAsync(
            """{"task": "a", "doc_id": 0, "index": 0, "context": "Q", "response": "right"}""",
            """{"task": "a", "doc_id": 1, "index": 0, "context": "other", "response": "wrong"}""",
            """{"task": "a", "doc_id": 2, "index": 0, "context": "Q", "continuation": " x", "loglikelihood": -1, "is_greedy": true}""",
            """{"task": "a", "doc_id": 3, "index": 0, "context": "Q", "response": "a text"}""",
            // A line without its request must not step in for one that names it.
            """{"context": "Q", "response": "anybody's"}""");
        List<Response> responses = await RunAsync(
            engine, Ask("a", 0, 0, "Q"), Ask("a", 1, 0, "Q"), Score(2, 0, " y"), Ask("a", 2, 0, "Q"), Score(3, 0, ""));
        Assert.Equal("right", responses[0].Text);
        Assert.Equal(
            $"{_folder["answers.jsonl"]}:2: the recorded prompt of a, document 1, request 0 is another: the line has "
                + $"context_sha256 {Hash("other")[..16]}..., the request context_sha256 {Hash("Q")[..16]}...; "
                + "use the task, data, shots, seed and chat options of the recording",
            responses[1].Error);
        Assert.Contains("""another: the line has " x", the request " y";""", responses[2].Error, StringComparison.Ordinal);
        Assert.Contains("""another: the line has " x", the request "";""", responses[3].Error, StringComparison.Ordinal);
        Assert.Contains("a response is recorded", responses[4].Error, StringComparison.Ordinal);
        Assert.All(responses.Skip(1), r => Assert.Equal((FinishReason.Error, null, null), (r.FinishReason, r.Text, r.LogLikelihood)));
    }

    [Fact]
    public async Task LinesWithoutIndex_AnswerWhomTheyName()
    {
        await using ReplayEngine engine = await LoadAsync(
            """{"context": "Q", "response": "anybody's"}""",
            """{"task": "a", "context": "Q", "response": "a's"}""",
            """{"task": "a", "doc_id": 1, "context": "Q", "response": "a1 first"}""",
            """{"task": "a", "doc_id": 2, "context": "Q", "response": "a2"}""",
            """{"task": "a", "doc_id": 1, "context": "Q", "response": "a1 second"}""");
        Assert.Equal(
            ["a's", "a1 first", "a1 second", "a2", "a's"],
            await TextsAsync(
                engine, Ask("a", 0, 0, "Q"), Ask("a", 1, 0, "Q"), Ask("a", 1, 1, "Q"), Ask("a", 2, 0, "Q"), Ask("a", 3, 0, "Q")));
        Assert.Equal(["anybody's"], await TextsAsync(engine, Ask("b", 1, 0, "Q")));
    }

    [Fact]
    public async Task LinesOfAPrompt_AnswerTheRepeatsOfOneDocumentInOrder()
    {
        await using ReplayEngine engine = await LoadAsync(
            $$"""{"context_sha256": "{{Hash("Q").ToUpperInvariant()}}", "response": "first"}""",
            """{"context": "R", "index": 1, "response": "numbered second"}""",
            """{"context": "R", "index": 0, "response": "numbered first"}""",
            """{"context": "Q", "response": "second"}""",
            """{"task": "a", "doc_id": 9, "repeat": 1, "context": "Q", "response": "ninth second"}""",
            """{"task": "a", "doc_id": 9, "index": 0, "repeat": 0, "context": "Q", "response": "ninth first"}""");
        Request[] requests = [Ask("a", 0, 0, "Q"), Ask("a", 0, 1, "Q"), Ask("a", 1, 0, "R"), Ask("a", 1, 1, "R")];
        string[] expected = ["first", "second", "numbered first", "numbered second"];
        Assert.Equal(expected, await TextsAsync(engine, requests));
        // Asked once more, the same document is no other one.
        Assert.Equal(expected, await TextsAsync(engine, requests));
        Assert.Equal(["ninth first"], await TextsAsync(engine, Ask("a", 9, 0, "Q")));
    }

    [Fact]
    public async Task EqualLinesOfAPrompt_AnswerAnyDocument()
    {
        await using ReplayEngine engine = await LoadAsync(
            [.. Enumerable.Repeat("""{"context": "Q", "response": "same"}""", 3)]);
        Assert.Equal(["same", "same"], await TextsAsync(engine, Ask("a", 0, 0, "Q"), Ask("a", 1, 0, "Q")));
        Assert.Equal(["same", "same"], await TextsAsync(engine, Ask("b", 0, 0, "Q"), Ask("b", 0, 1, "Q")));
    }

    [Theory]
    [InlineData("a", 4)]
    [InlineData("b", 0)]
    public async Task DifferentLinesOfAPrompt_TwoDocumentsAsk_EndsTheRun(string task, long document)
    {
        await using ReplayEngine engine = await LoadAsync(
            """{"context": "Q", "response": "one"}""", """{"context": "R", "response": "r"}""", """{"context": "Q", "response": "two"}""");
        Request[] first = [Ask("a", 0, 0, "Q"), Ask("a", 0, 1, "Q")], second = [Ask(task, document, 0, "Q"), Ask(task, document, 1, "Q")];
        if (task == "b")
            Assert.Equal(["one", "two"], await TextsAsync(engine, first));
        var given = new List<Response>();
        EvalException refused = await Assert.ThrowsAsync<EvalException>(async () =>
        {
            // In a run that is continued, another document's requests may be answered already.
            Request[] requests = task == "b" ? second : [.. first, .. second];
            HashSet<RequestKey> answered = task == "b" ? [] : [.. first.Select(r => r.Key)];
            await foreach (Response response in engine.RunAsync(requests, answered, CancellationToken.None))
                given.Add(response);
        });
        Assert.Empty(given);
        Assert.Equal(ExitCode.Model, refused.ExitCode);
        Assert.Equal(
            $"--model replay:{_folder["answers.jsonl"]}: lines 1 and 3 answer one prompt (context_sha256 {Hash("Q")}) differently, "
                + $"and a, document 0 and {task}, document {document} both ask it; "
                + "give each line task, doc_id and index, so that it says which request it answers",
            refused.Message);
    }

    /// <summary>One of them may belong to a document that is not in this run.</summary>
    [Fact]
    public async Task DifferentLinesOfAPrompt_MoreThanADocumentAsks_ErrThatDocument()
    {
        await using ReplayEngine engine = await LoadAsync(
            """{"context": "Q", "response": "one"}""",
            """{"context": "Q", "response": "two"}""",
            """{"context": "R", "response": "r"}""",
            """{"task": "a", "doc_id": 3, "context": "Q", "response": "three"}""",
            """{"task": "a", "doc_id": 3, "context": "Q", "response": "four"}""");
        List<Response> responses = await RunAsync(engine, Ask("a", 0, 0, "Q"), Ask("a", 1, 0, "R"), Ask("a", 3, 0, "Q"));
        Assert.Contains("has 2 responses to this prompt", responses[0].Error, StringComparison.Ordinal);
        Assert.Contains("a, document 0 asks for 1; give each line task, doc_id and index", responses[0].Error, StringComparison.Ordinal);
        Assert.Equal((null, "r", "three"), (responses[0].Text, responses[1].Text, responses[2].Text));
    }

    [Fact]
    public async Task LogLikelihoods_AreFoundByRequestAndByContinuation()
    {
        await using ReplayEngine engine = await LoadAsync(
            """{"task": "a", "doc_id": 0, "index": 1, "context": "Q", "continuation": " x", "loglikelihood": -2, "is_greedy": false}""",
            """{"task": "a", "doc_id": 0, "index": 0, "context": "Q", "continuation": " x", "loglikelihood": -1, "is_greedy": true}""",
            """{"context": "Q", "continuation": " x", "loglikelihood": -3, "is_greedy": false}""",
            """{"context": "Q", "loglikelihood": -4}""");
        Request rolling = new RollingLogLikelihoodRequest { Key = new RequestKey("a", 2, 0), Prompt = "Q" };
        List<Response> responses = await RunAsync(
            engine, Score(0, 0, " x"), Score(0, 1, " x"), Score(1, 0, " x"), rolling, Score(1, 1, " y"));
        Assert.Equal([-1, -2, -3, -4, null], responses.Select(r => r.LogLikelihood));
        Assert.Equal([true, false, false, false, null], responses.Select(r => r.IsGreedy));
    }

    [Fact]
    public async Task RecordedError_StaysOneUnlessALaterLineAnswers()
    {
        const string Failed = """{"task": "a", "doc_id": 0, "index": 0, "context": "Q", "finish_reason": "error", "error": "too long"}""",
            Answered = """{"task": "a", "doc_id": 0, "index": 0, "context": "Q", "response": "x"}""";
        await using (ReplayEngine errored = await LoadAsync(Failed))
        {
            Response response = Assert.Single(await RunAsync(errored, Ask("a", 0, 0, "Q")));
            Assert.Equal(("too long", FinishReason.Error), (response.Error, response.FinishReason));
        }

        await using (ReplayEngine continued = await LoadAsync(Failed, Answered, Answered))
            Assert.Equal(["x"], await TextsAsync(continued, Ask("a", 0, 0, "Q")));
        await using (ReplayEngine turned = await LoadAsync(Answered, Failed))
            Assert.Equal(["x"], await TextsAsync(turned, Ask("a", 0, 0, "Q")));
    }

    [Theory]
    [InlineData("""{"task": "a", "doc_id": 0, "index": 0, "context": "Q", "response": "x"}""",
        """{"task": "a", "doc_id": 0, "index": 0, "context": "Q", "response": "y"}""", "a, document 0, request 0")]
    [InlineData("""{"task": "a", "doc_id": 0, "index": 0, "context": "Q", "response": "x"}""",
        """{"task": "a", "doc_id": 0, "index": 0, "context": "R", "response": "x"}""", "a, document 0, request 0")]
    [InlineData("""{"context": "Q", "continuation": " x", "loglikelihood": -1, "is_greedy": true}""",
        """{"context": "Q", "continuation": " x", "loglikelihood": -2, "is_greedy": true}""", "the prompt with hash")]
    [InlineData("""{"context": "Q", "index": 3, "response": "x"}""",
        """{"context": "Q", "index": 3, "response": "y"}""", "the prompt with hash")]
    public async Task Load_TwoLinesThatContradictEachOther_IsRefused(string first, string second, string what)
    {
        EvalException refused = await Assert.ThrowsAsync<EvalException>(() => LoadAsync(first, "", second));
        Assert.Equal(ExitCode.Model, refused.ExitCode);
        Assert.StartsWith($"{_folder["answers.jsonl"]}:3: {what}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("on line 1", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"context": "Q", "continuation": "x", "loglikelihood": NaN, "is_greedy": true}""")]
    [InlineData("""{"context": "Q", "continuation": "x", "loglikelihood": "NaN", "is_greedy": true}""")]
    [InlineData("""{"context": "Q", "continuation": "x", "loglikelihood": 1e999, "is_greedy": true}""")]
    [InlineData("""{"context": "Q", "continuation": "x", "loglikelihood": -1e999, "is_greedy": true}""")]
    [InlineData("""{"context": "Q", "continuation": "x", "loglikelihood": -1, "is_greedy": "yes"}""")]
    [InlineData("""{"task": "a", "doc_id": 0, "index": 4294967296, "context": "Q", "response": "x"}""")]
    [InlineData("""{"task": "a", "doc_id": 0.5, "index": 0, "context": "Q", "response": "x"}""")]
    [InlineData("""{"task": "a", "doc_id": 0, "index": -1, "context": "Q", "response": "x"}""")]
    [InlineData("""{"task": "a", "doc_id": 0, "index": 1, "repeat": 2, "context": "Q", "response": "x"}""")]
    [InlineData("""{"context": "Q", "response": "x", "response": "y"}""")]
    [InlineData("""{"context": "Q", "response": "x", "loglikelihood": -1}""")]
    [InlineData("""{"context": "Q", "context_sha256": "00", "response": "x"}""")]
    [InlineData("""{"context": "Q", "response": null}""")]
    [InlineData("""{"context": "Q"}""")]
    [InlineData("""{"response": "x"}""")]
    [InlineData("""{"context": "Q", "response": "x" """)]
    [InlineData("null")]
    [InlineData("[]")]
    public async Task Load_MalformedLine_IsRefusedWithItsNumber(string line)
    {
        EvalException refused = await Assert.ThrowsAsync<EvalException>(() => LoadAsync("""{"context": "P", "response": "p"}""", line));
        Assert.Equal(ExitCode.Model, refused.ExitCode);
        Assert.StartsWith($"{_folder["answers.jsonl"]}:2: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("; expected a line of JSON with", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_DamagedBytes_IsRefused()
    {
        File.WriteAllBytes(_folder["latin.jsonl"], [.. """{"context": "Q", "response": "caf"""u8, 0xe9, .. "\"}"u8]);
        byte[] whole = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 999).Select(
            i => $$"""{"context": "{{Hash($"{i}")}}", "response": "x"}""")));
        using (var compressed = new MemoryStream())
        {
            using (var gzip = new GZipStream(compressed, CompressionMode.Compress, leaveOpen: true))
                gzip.Write(whole);
            File.WriteAllBytes(_folder["cut.jsonl.gz"], compressed.ToArray()[..^(int)(compressed.Length / 3)]);
        }

        foreach (string file in (string[])["latin.jsonl", "cut.jsonl.gz"])
        {
            EvalException refused = await Assert.ThrowsAsync<EvalException>(
                () => ReplayEngine.LoadAsync(_folder[file], CancellationToken.None));
            Assert.Equal(ExitCode.Model, refused.ExitCode);
            Assert.StartsWith($"{_folder[file]}:", refused.Message, StringComparison.Ordinal);
        }
    }

    private sealed class Known(string context) : IRecordedContexts
    {
        public string? Find(string sha256) => sha256 == Hash(context) ? context : null;

        public void Dispose()
        {
        }
    }

    private static readonly ChatMessage[] Turns = [new("system", "Be brief."), new("user", "Hi é"), new("assistant", "So ")];

    /// <summary>Computed by Python's hashlib from the documented text.</summary>
    [Fact]
    public void MessagesSha256_IsTheDocumentedHash()
    {
        Assert.Equal(
            "e94ae6609f092418b2822d4e552d98deacc466fa4cd9edd58365b0e4c16dd738",
            Prompt.FromMessages(Turns, isPrefilled: true).MessagesSha256());
        Assert.NotEqual(
            Prompt.FromMessages(Turns, isPrefilled: true).MessagesSha256(),
            Prompt.FromMessages(Turns, isPrefilled: false).MessagesSha256());
        Assert.Null(Prompt.FromString("").MessagesSha256());
    }

    [Fact]
    public async Task Conversation_IsFoundByItsTurns()
    {
        var asked = Prompt.FromMessages(Turns, isPrefilled: true);
        string rendered = "<system>Be brief.<user>Hi é<assistant>So";
        string file = _folder.Write("chat.jsonl", string.Join('\n',
            $$"""
            {"task": "a", "doc_id": 0, "index": 0, "context_sha256": "{{Hash(rendered)}}",
             "messages_sha256": "{{asked.MessagesSha256()}}", "response": "own"}
            """.ReplaceLineEndings(" "),
            $$"""{"context_sha256": "{{Hash(rendered)}}", "messages_sha256": "{{asked.MessagesSha256()}}", "response": "shared"}""",
            """{"task": "a", "doc_id": 2, "index": 0, "context": "Be brief.Hi éSo ", "response": "a text's"}"""));
        await using ReplayEngine plain = await ReplayEngine.LoadAsync(file, CancellationToken.None), known = await ReplayEngine.LoadAsync(
            file, CancellationToken.None, _ => Task.FromResult<IRecordedContexts>(new Known(rendered)));
        Assert.Equal((false, asked.Text), (plain.Render(asked).IsRendered, plain.Render(asked).Text));
        Assert.Equal((true, rendered), (known.Render(asked).IsRendered, known.Render(asked).Text));
        foreach (ReplayEngine engine in (ReplayEngine[])[plain, known])
        {
            Assert.Equal(["own", "shared"], await TextsAsync(engine, Ask("a", 0, 0, asked), Ask("a", 1, 0, engine.Render(asked))));
            ChatMessage[] changed = [Turns[0] with { Content = "Be long." }, .. Turns[1..]];
            List<Response> others = await RunAsync(
                engine,
                Ask("a", 0, 0, Prompt.FromMessages(changed, isPrefilled: true)),
                Ask("a", 0, 0, Prompt.FromMessages(Turns, isPrefilled: false)),
                Ask("a", 0, 0, asked.Text),
                Ask("a", 1, 0, asked.Text),
                Ask("a", 2, 0, asked));
            string[] reasons =
                ["is another", "is another", "of a conversation", "no recorded answer", "the line has messages_sha256 missing"];
            Assert.All(others.Zip(reasons), pair => Assert.Contains(pair.Second, pair.First.Error, StringComparison.Ordinal));
        }
    }

    public void Dispose() => _folder.Dispose();
}
