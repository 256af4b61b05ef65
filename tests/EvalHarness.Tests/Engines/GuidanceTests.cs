using System.Text.Json;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Prefixes;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Planning;
using EvalHarness.Prompts;
using EvalHarness.Tasks;
using EvalHarness.Tokens;

namespace EvalHarness.Tests.Engines;

/// <summary>Completions whose tokens the runtime chooses, so that they have the form of a JSON schema.</summary>
public sealed class GuidanceTests
{
    private const string Grade =
        """{"type":"object","properties":{"grade":{"enum":["CORRECT","INCORRECT"]}},"required":["grade"],"additionalProperties":false}""";

    private const string Reasons =
        """
        {"type": "object", "properties": {"why": {"type": "string", "maxLength": 20}, "grades": {"type": "array", "items": {"enum": [1, 2]},
        "minItems": 2, "maxItems": 3}}, "required": ["why", "grades"], "additionalProperties": false}
        """;

    private static readonly string Tiny = Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-fp32");

    /// <summary>Some begin others, and one is there twice.</summary>
    private static readonly string[] Prompts =
    [
        "Question: What is 2 plus 3? Answer: 5. Grade:", "Question: What is 2 plus 3? Answer: 6. Grade:", "Question: What is 2 plus",
        "Question: What is 2 plus 3? Answer: 5. Grade:", "The letter after c is d.", "The", "Question: What is 2 plus 3?",
        "Question: What is 12 times 3? Answer: 36, because 12 times 3 is 36. Grade:",
    ];

    private static GenerationOptions Options(string schema, int tokens = 60) =>
        new() { Until = [], MaxTokens = tokens, JsonSchema = schema };

    private static GenerateRequest Ask(string prompt, GenerationOptions options, long document = 0, int seed = 1) =>
        new() { Key = new RequestKey("judged", document, 0), Prompt = prompt, Options = options, Seed = seed };

    private static Request[] All(GenerationOptions options) =>
        [.. Prompts.Select((p, i) => Ask(p, options, i, seed: 50 + i))];

    private static async Task<(Dictionary<RequestKey, Response> Responses, EngineUsage Usage)> RunAsync(
        string model, GenAiOptions options, params Request[] requests)
    {
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(model, options, CancellationToken.None);
        var responses = new Dictionary<RequestKey, Response>();
        await foreach (Response response in engine.RunAsync(requests, new HashSet<RequestKey>(), CancellationToken.None))
            responses.Add(response.Key, response);
        return (responses, engine.Usage);
    }

    private static async Task<Response> AnswerAsync(string model, GenAiOptions options, GenerateRequest request) =>
        (await RunAsync(model, options, request)).Responses.Values.Single();

    /// <summary>
    /// The schema leaves two texts. Where they part, the token chosen is the one with the highest logit of those that continue one of them;
    /// where there is one way on, the runtime takes it as the tokenizer would cut it.
    /// </summary>
    [Fact]
    public void Step_Greedy_TakesTheMostLikelyTokenOfTheForm()
    {
        string[] texts = ["""{"grade": "CORRECT"}""", """{"grade": "INCORRECT"}"""];
        using LoadedModel model = LoadedModel.Load(Tiny, new GenAiOptions());
        string[] all = [.. Enumerable.Range(0, model.Config.VocabularySize).Select(i => model.Tokenizer.Decode([i]))];
        int partings = 0;
        foreach (string prompt in Prompts)
        {
            int[] tokens = model.Tokenizer.EncodePrompt(prompt);
            using ModelSession guided = model.NewSession(tokens.Length + 60, new Guidance("t", Options(Grade), 0));
            guided.Append(tokens);
            string text = "";
            for (int token = guided.Step(); !model.Config.EndOfTextIds.Contains(token); token = guided.Step())
            {
                if (text == texts[0][..texts[0].AsSpan().CommonPrefixLength(texts[1])])
                {
                    using ModelSession session = model.NewSession(tokens.Length);
                    session.Append(tokens);
                    float[] row = session.ReadRows().Last.ToArray();
                    int best = Enumerable.Range(0, row.Length)
                        .Where(i => all[i].Length > 0 && texts.Any(t => t.StartsWith(text + all[i], StringComparison.Ordinal)))
                        .MaxBy(i => row[i]);
                    Assert.Equal(best, token);
                    partings++;
                }

                (tokens, text) = ([.. tokens, token], text + all[token]);
            }

            Assert.Contains(text, texts);
        }

        Assert.Equal(Prompts.Length, partings);
    }

    /// <summary>A rewind begins the form anew, wherever the completion before it ended.</summary>
    [Theory]
    [InlineData("tiny-fp32", 60)]
    [InlineData("tiny-int4", 60)]
    [InlineData("tiny-fp32", 6)]
    public async Task Run_SharedPrefixes_GiveWhatEachAloneGives(string model, int tokens)
    {
        string folder = Path.Combine(Path.GetDirectoryName(Tiny)!, model);
        Request[] requests = All(Options(Reasons, tokens));
        (Dictionary<RequestKey, Response> shared, EngineUsage usage) = await RunAsync(folder, new GenAiOptions(), requests);
        (Dictionary<RequestKey, Response> alone, EngineUsage whole) =
            await RunAsync(folder, new GenAiOptions { PrefixReuse = false }, requests);
        (Dictionary<RequestKey, Response> parallel, _) = await RunAsync(folder, new GenAiOptions { Workers = 2 }, requests);
        foreach (Request request in requests)
        {
            Response response = shared[request.Key];
            Assert.Null(response.Error);
            Assert.Equal(tokens == 6 ? FinishReason.Length : FinishReason.EndOfText, response.FinishReason);
            Assert.Equal(alone[request.Key].Text, response.Text);
            Assert.Equal(parallel[request.Key].Text, response.Text);
            Assert.Equal(alone[request.Key].CompletionTokens, response.CompletionTokens);
            Assert.Null(AnswerSchema.Problem(((GenerateRequest)request).Options, response.Text!, isCut: tokens == 6));
        }

        Assert.Equal(whole.PromptTokensAsked, whole.PromptTokensComputed);
        Assert.InRange(usage.PromptTokensComputed, usage.PromptTokensUnique, whole.PromptTokensComputed * 0.6);
    }

    [Fact]
    public async Task Run_Sampled_DependsOnItsSeedAlone()
    {
        GenerationOptions options = Options(Reasons) with { Sample = true, TopP = 0.9, TopK = 40 };
        (Dictionary<RequestKey, Response> together, _) = await RunAsync(Tiny, new GenAiOptions(), All(options));
        Assert.All(together.Values, r => Assert.Equal(FinishReason.EndOfText, r.FinishReason));
        var one = (GenerateRequest)All(options)[3];
        Assert.Equal(together[one.Key].Text, (await AnswerAsync(Tiny, new GenAiOptions { Workers = 2 }, one)).Text);
        Assert.NotEqual(together[one.Key].Text, (await AnswerAsync(Tiny, new GenAiOptions(), one with { Seed = -7 })).Text);
        // A nucleus of nothing is greedy decoding.
        Assert.Equal(
            (await AnswerAsync(Tiny, new GenAiOptions(), one with { Options = Options(Reasons) })).Text,
            (await AnswerAsync(Tiny, new GenAiOptions(), one with { Options = options with { TopP = 0 } })).Text);
    }

    [Fact]
    public async Task Run_StopString_CutsTheText()
    {
        GenerationOptions options = Options(Grade) with { Until = ["RRE", "}"] };
        Response response = await AnswerAsync(Tiny, new GenAiOptions(), Ask(Prompts[0], options));
        Assert.Equal(FinishReason.Stop, response.FinishReason);
        Assert.EndsWith("CO", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ContextIsFull_EndsThereAndSaysSo()
    {
        Response response = await AnswerAsync(Tiny, new GenAiOptions { MaxLength = 24 }, Ask(Prompts[0], Options(Grade)));
        Assert.Equal((FinishReason.ContextFull, 24), (response.FinishReason, response.PromptTokens + response.CompletionTokens));
        Assert.StartsWith("{\"", response.Text, StringComparison.Ordinal);
    }

    /// <summary>The runtime would continue such a prompt from the token before the padding.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_PromptThatEndsInPadding_ErrsAlone(bool append)
    {
        var options = new GenAiOptions { Assumed = new Capabilities(append, append, AllRows: true, Batch: true) };
        GenerateRequest padded = Ask("The<|pad|>", Options(Grade), 90), within = Ask("The<|pad|> letter", Options(Grade), 91);
        (Dictionary<RequestKey, Response> responses, _) = await RunAsync(Tiny, options, [.. All(Options(Grade)), padded, within]);
        Assert.Contains("padding token", responses[padded.Key].Error, StringComparison.Ordinal);
        Assert.All(responses.Values, r => Assert.Equal(r.Key == padded.Key, r.Error is not null));
    }

    [Theory]
    [InlineData("""{"type": "nonsense"}""", ExitCode.Task, "Invalid type: nonsense")]
    [InlineData("""{"enum": []}""", ExitCode.Task, "Unsatisfiable")]
    [InlineData("""{"type": "array", "uniqueItems": true}""", ExitCode.Task, "uniqueItems")]
    [InlineData("{\"type\":", ExitCode.Task, "not valid JSON")]
    public async Task Run_SchemaThatCannotBeUsed_EndsBeforeAnythingIsComputed(string schema, ExitCode code, string expected)
    {
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(Tiny, new GenAiOptions(), CancellationToken.None);
        EvalException wrong = await RefusedAsync(engine, Options(schema));
        Assert.Equal(code, wrong.ExitCode);
        Assert.StartsWith("task judged", wrong.Message, StringComparison.Ordinal);
        Assert.Contains(expected, wrong.Message, StringComparison.Ordinal);
        EvalException other = await RefusedAsync(engine, Options(Grade) with { Sample = true, MinP = 0.1 });
        Assert.Equal(ExitCode.Model, other.ExitCode);
        Assert.Contains("min_p", other.Message, StringComparison.Ordinal);
        Assert.Equal(0, engine.Usage.PromptTokensComputed);
    }

    [Fact]
    public async Task Run_FolderWithoutTheFilesOfGuidance_IsRefused()
    {
        using var folder = new TemporaryFolder();
        foreach (string file in Directory.EnumerateFiles(Tiny).Where(f => Path.GetFileName(f) != "tokenizer_config.json"))
            File.Copy(file, folder[Path.GetFileName(file)]);
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(folder.Path, new GenAiOptions(), CancellationToken.None);
        EvalException refused = await RefusedAsync(engine, Options(Grade));
        Assert.Equal(ExitCode.Model, refused.ExitCode);
        Assert.Contains("tokenizer_config.json", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<EvalException> RefusedAsync(GenAiEngine engine, GenerationOptions options) =>
        await Assert.ThrowsAsync<EvalException>(async () =>
        {
            await foreach (Response _ in engine.RunAsync([Ask("a", options)], new HashSet<RequestKey>(), CancellationToken.None))
            {
            }
        });

    [Fact]
    public void Complete_Cancelled_EndsBeforeTheNextToken()
    {
        using LoadedModel model = LoadedModel.Load(Tiny, new GenAiOptions());
        using var cancelled = new CancellationTokenSource();
        int[] tokens = model.Tokenizer.EncodePrompt("The letter");
        using ModelSession session = model.NewSession(tokens.Length + 9, new Guidance("t", Options(Grade), 0));
        Assert.Throws<OperationCanceledException>(() => GuidedCompletion.Of(
            model,
            EncodedRequest.Generated(Ask("The letter", Options(Grade)), tokens, reasoning: null),
            () =>
            {
                session.Append(tokens);
                cancelled.Cancel();
                return session;
            },
            cancelled.Token));
        Assert.Equal(tokens.Length, session.Length);
    }

    /// <summary>What the runtime would do wrong without a word is an exception.</summary>
    [Fact]
    public void Session_StepOutOfPlace_Throws()
    {
        using LoadedModel model = LoadedModel.Load(Tiny, new GenAiOptions());
        using ModelSession session = model.NewSession(20, new Guidance("t", Options(Grade), 0));
        Assert.Throws<InvalidOperationException>(() => session.Step());
        session.Append([10, 20, 30]);
        _ = session.Step();
        Assert.Throws<InvalidOperationException>(() => session.Append([40]));
        Assert.Throws<InvalidOperationException>(() => session.ReadRows());
        session.RewindTo(2);
        Assert.Throws<InvalidOperationException>(() => session.Step());
        session.Append([30]);
        _ = session.Step();
    }

    /// <summary>A schema that says itself how its parts are separated is kept.</summary>
    [Fact]
    public async Task Run_SchemaWithSettingsOfItsOwn_KeepsThem()
    {
        string schema = Grade.Insert(1, """ "x-guidance": {"whitespace_flexible": false, "key_separator": ":"}, """);
        Response response = await AnswerAsync(Tiny, new GenAiOptions(), Ask(Prompts[0], Options(schema)));
        Assert.StartsWith("{\"grade\":\"", response.Text, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(response.Text!);
        Assert.Contains(json.RootElement.GetProperty("grade").GetString(), (string[])["CORRECT", "INCORRECT"]);
    }

    /// <summary>Neither is put into batches with the other, and parts of a run are cut in the order of both.</summary>
    [Fact]
    public async Task Run_BesideFreeTextInBatches_ChangesNothing()
    {
        Request[] guided = All(Options(Grade));
        Request[] free = [.. Prompts.Select((p, i) => Ask(p, new GenerationOptions { Until = [], MaxTokens = 12 }, 20 + i))];
        (Dictionary<RequestKey, Response> expected, _) = await RunAsync(Tiny, new GenAiOptions(), guided);
        (Dictionary<RequestKey, Response> expectedFree, _) = await RunAsync(Tiny, new GenAiOptions { BatchSize = 4 }, free);
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(Tiny, new GenAiOptions { BatchSize = 4 }, CancellationToken.None);
        Request[] both = [.. guided.Zip(free).SelectMany(pair => (Request[])[pair.First, pair.Second])];
        await foreach (Response response in engine.RunAsync(both, new HashSet<RequestKey>(), CancellationToken.None))
        {
            Response known = expected.GetValueOrDefault(response.Key) ?? expectedFree[response.Key];
            Assert.Equal((known.Text, known.FinishReason), (response.Text, response.FinishReason));
        }

        IReadOnlyList<DocumentWork> order = engine.Order(both);
        Assert.Equal(both.Select(r => r.Key.Document).Order(), order.Select(d => d.Document).Order());
    }
}
