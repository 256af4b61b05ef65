using System.IO.Compression;
using System.Text;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Tasks;

namespace EvalHarness.Tests.Engines;

/// <summary>Recorded lines are found again in their file, however they stand in it.</summary>
public sealed class RecordedLinesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private Task<ReplayEngine> LoadAsync(string text) =>
        ReplayEngine.LoadAsync(_folder.Write("answers.jsonl", text), CancellationToken.None);

    private static GenerateRequest Ask(long document, int index = 0) => new()
    {
        Key = new RequestKey("a", document, index),
        Prompt = $"Q{document}",
        Options = new GenerationOptions { Until = [] },
        Seed = 0,
    };

    private static LogLikelihoodRequest Score(long document, int index, string continuation) => new()
    {
        Key = new RequestKey("a", document, index),
        Prompt = "Q",
        Continuation = continuation,
    };

    private static Task<List<Response>> RunAsync(ReplayEngine engine, params IEnumerable<Request> requests) =>
        engine.RunAsync(requests, new HashSet<RequestKey>(), CancellationToken.None).ToListAsync().AsTask();

    private static string Line(long document, string response) =>
        $$"""{"task": "a", "doc_id": {{document}}, "index": 0, "context": "Q{{document}}", "response": "{{response}}"}""";

    private const string TwoChoices =
        """
        {"task": "a", "doc_id": 0, "context": "Q", "choices": [
        {"index": 0, "continuation": " x", "loglikelihood": -1, "is_greedy": true, "prompt_tokens": 7, "completion_tokens": 2, "ms": 1},
        {"index": 1, "continuation": " y", "error": "too long"}], "checksum": "0"}
        """,
        OneChoice = """{"task": "a", "doc_id": 0, "context": "Q", "choices": [{"index": 1, "continuation": " y", "loglikelihood": -2}]}""",
        OldChoice = """{"task": "a", "doc_id": 0, "index": 2, "context": "Q", "continuation": " z", "loglikelihood": -3}""";

    private static string Joined(params string[] lines) => string.Join('\n', lines.Select(l => l.ReplaceLineEndings(" ")));

    /// <summary>Lines of answers of all lengths, shorter and longer than what is read at once, not in the order of ids.</summary>
    [Theory]
    [InlineData("answers.jsonl", "\n")]
    [InlineData("answers.jsonl", "\r\n\n")]
    [InlineData("answers.jsonl.gz", "\n")]
    public async Task Lines_OfAnyLength_AreReadAgain(string name, string lineBreak)
    {
        (long Document, string Text)[] answers =
        [
            .. Enumerable.Range(0, 300).Select(i => (i * 7L % 300, new string((char)('a' + (i % 26)), i % 50 == 49 ? 300_000 : 40 * i))),
        ];
        byte[] lines = [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(string.Join(
            lineBreak, answers.Select(a => Line(a.Document, a.Text))))];
        using (Stream file = File.Create(_folder[name]))
        using (Stream written = name.EndsWith("gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Compress) : file)
            written.Write(lines);
        await using ReplayEngine engine = await ReplayEngine.LoadAsync(_folder[name], CancellationToken.None);
        Dictionary<long, string> expected = answers.ToDictionary(a => a.Document, a => a.Text);
        Assert.Equal(
            answers.Select(a => a.Text), (await RunAsync(engine, answers.Select(a => Ask(a.Document)))).Select(r => r.Text));
        Assert.Equal(
            expected.OrderBy(p => p.Key).Select(p => p.Value),
            (await RunAsync(engine, expected.Keys.Order().Select(d => Ask(d)))).Select(r => r.Text));
    }

    [Fact]
    public async Task DocumentsWithHugeNumbers_TakeNoMoreMemory()
    {
        long[] documents = [long.MaxValue, 0, 1_000_000_000_000_000, 5_000_000_000];
        await using ReplayEngine engine = await LoadAsync(string.Join('\n', documents.Select(d => Line(d, $"of {d}"))));
        Assert.Equal(
            documents.Select(d => $"of {d}"), (await RunAsync(engine, documents.Select(d => Ask(d)))).Select(r => r.Text));
        Assert.All(await RunAsync(engine, Ask(1), Ask(long.MaxValue - 1)), r => Assert.Contains("no recorded answer", r.Error!));
    }

    [Fact]
    public async Task RequestsWithHugeNumbers_AreFound()
    {
        int[] indexes = [(1 << 20) - 3, int.MaxValue, 0, (1 << 20) - 2];
        await using ReplayEngine engine = await LoadAsync(string.Join('\n', indexes.Select(
            i => $$"""{"task": "a", "doc_id": 0, "index": {{i}}, "context": "Q0", "response": "of {{i}}"}""")));
        Assert.Equal(indexes.Select(i => $"of {i}"), (await RunAsync(engine, indexes.Select(i => Ask(0, i)))).Select(r => r.Text));
    }

    [Fact]
    public async Task WrongPrompt_IsReportedWithTheNumberOfItsLine()
    {
        string filler = new('x', 1000);
        string[] lines = [.. Enumerable.Range(0, 500).Select(i => i % 3 == 2 ? "" : Line(i, filler))];
        lines[431] = """{"task": "a", "doc_id": 431, "index": 0, "context": "other", "response": "x"}""";
        await using ReplayEngine engine = await LoadAsync(string.Join('\n', lines));
        Assert.StartsWith(
            $"{_folder["answers.jsonl"]}:432: the recorded prompt", Assert.Single(await RunAsync(engine, Ask(431))).Error!,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChangedFile_IsRefused()
    {
        await using ReplayEngine engine = await LoadAsync(Joined(Line(0, "x"), Line(1, "y")));
        _folder.Write("answers.jsonl", Joined(Line(1, "x"), "not JSON"));
        foreach (int document in (int[])[0, 1])
        {
            EvalException refused = await Assert.ThrowsAsync<EvalException>(() => RunAsync(engine, Ask(document)));
            Assert.Contains("the file was changed while its answers were used", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task LineOfChoices_AnswersEachOfThem()
    {
        await using ReplayEngine engine = await LoadAsync(Joined(TwoChoices));
        List<Response> responses = await RunAsync(engine, Score(0, 0, " x"), Score(0, 1, " y"), Score(0, 2, " z"), Score(1, 0, " x"));
        Assert.Equal(
            (-1.0, true, 7, 2),
            (responses[0].LogLikelihood, responses[0].IsGreedy, responses[0].PromptTokens, responses[0].CompletionTokens));
        Assert.Equal("too long", responses[1].Error);
        Assert.Contains("no recorded answer for a, document 0, request 2", responses[2].Error!, StringComparison.Ordinal);
        Assert.Contains("no recorded answer for a, document 1, request 0", responses[3].Error!, StringComparison.Ordinal);
    }

    /// <summary>As in the journal of a run that was continued, and of one that an earlier version began.</summary>
    [Fact]
    public async Task LinesOfChoices_BesideOthers_AnswerTogether()
    {
        await using ReplayEngine engine = await LoadAsync(Joined(OldChoice, TwoChoices, OneChoice, OneChoice, TwoChoices));
        List<Response> responses = await RunAsync(engine, Score(0, 0, " x"), Score(0, 1, " y"), Score(0, 2, " z"));
        Assert.Equal([-1, -2, -3], responses.Select(r => r.LogLikelihood!.Value));
    }

    [Fact]
    public async Task LinesOfChoices_ThatContradictEachOther_AreRefused()
    {
        foreach (string other in (string[])
            [
                """{"task": "a", "doc_id": 0, "index": 0, "context": "Q", "continuation": " x", "loglikelihood": -1.5}""",
                """{"task": "a", "doc_id": 0, "context": "R", "choices": [{"index": 0, "continuation": " x", "loglikelihood": -1}]}""",
            ])
        {
            EvalException refused = await Assert.ThrowsAsync<EvalException>(() => LoadAsync(Joined(TwoChoices, "", other)));
            Assert.StartsWith(
                $"{_folder["answers.jsonl"]}:3: a, document 0, request 0 has another answer, or another prompt, on line 1",
                refused.Message,
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"doc_id": 0, "context": "Q", "choices": [{"index": 0, "loglikelihood": -1}]}""")]
    [InlineData("""{"task": "a", "doc_id": -1, "context": "Q", "choices": [{"index": 0, "loglikelihood": -1}]}""")]
    [InlineData("""{"task": "a", "doc_id": 0, "choices": [{"index": 0, "loglikelihood": -1}]}""")]
    [InlineData("""{"task": "a", "doc_id": 0, "context": "Q", "choices": []}""")]
    [InlineData("""{"task": "a", "doc_id": 0, "context": "Q", "choices": [null]}""")]
    [InlineData("""{"task": "a", "doc_id": 0, "context": "Q", "choices": [{"index": 0}]}""")]
    [InlineData("""{"task": "a", "doc_id": 0, "context": "Q", "choices": [{"loglikelihood": -1}]}""")]
    [InlineData("""{"task": "a", "doc_id": 0, "context": "Q", "choices": [{"index": -1, "loglikelihood": -1}]}""")]
    [InlineData("""{"task": "a", "doc_id": 0, "context": "Q", "choices": [{"index": 0, "loglikelihood": -1e999}]}""")]
    [InlineData("""{"task": "a", "doc_id": 0, "context": "Q", "choices": [{"index": 0, "response": "x"}]}""")]
    [InlineData("""{"task": "a", "doc_id": 0, "context": "Q", "choices": [{"index": 0, "doc_id": 1, "loglikelihood": -1}]}""")]
    [InlineData("""{"task": "a", "doc_id": 0, "context": "Q", "loglikelihood": -1, "choices": [{"index": 0, "loglikelihood": -1}]}""")]
    [InlineData(
        """{"task": "a", "doc_id": 0, "context": "Q", "choices": [{"index": 0, "loglikelihood": -1}, {"index": 0, "error": "x"}]}""")]
    public async Task LineOfChoices_Malformed_IsRefusedWithItsNumber(string line)
    {
        EvalException refused = await Assert.ThrowsAsync<EvalException>(() => LoadAsync(Joined(TwoChoices, line)));
        Assert.Equal(ExitCode.Model, refused.ExitCode);
        Assert.StartsWith($"{_folder["answers.jsonl"]}:2: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("; expected a line of JSON with", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>More lines of one prompt than are resolved anew each time.</summary>
    [Fact]
    public async Task ManyLinesOfOnePrompt_AnswerItsRepeats()
    {
        await using ReplayEngine engine = await LoadAsync(string.Join('\n', Enumerable.Range(0, 40).Select(
            i => $$"""{"task": "a", "doc_id": 3, "context": "Q3", "response": "{{i}}"}""")));
        for (int time = 0; time < 2; time++)
        {
            List<Response> responses = await RunAsync(engine, Enumerable.Range(0, 40).Select(i => Ask(3, i)));
            Assert.Equal(Enumerable.Range(0, 40).Select(i => $"{i}"), responses.Select(r => r.Text));
        }
    }

    /// <summary>Requests are made while they are read, and are read once where no line needs to know who else asks its prompt.</summary>
    [Fact]
    public async Task Requests_AreAnsweredWhileTheyAreRead()
    {
        await using ReplayEngine engine = await LoadAsync(Joined(Line(0, "x"), Line(1, "y"), Line(2, "z")));
        int made = 0;
        IEnumerable<Request> requests = Enumerable.Range(0, 3).Select(i =>
        {
            made++;
            return Ask(i);
        });
        await using IAsyncEnumerator<Response> responses =
            engine.RunAsync(requests, new HashSet<RequestKey>(), CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await responses.MoveNextAsync());
        Assert.Equal(("x", 2), (responses.Current.Text, made));
    }

    public void Dispose() => _folder.Dispose();
}
