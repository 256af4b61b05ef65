using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Prompts;
using EvalHarness.Tasks;

namespace EvalHarness.Tests.Adapters;

/// <summary>What the engine computes with an adapter is what it computes with the weights that the adapter makes.</summary>
public sealed class AdapterEngineTests : IDisposable
{
    private const int Seed = 7;

    /// <summary>Sums of float32 in another order.</summary>
    private const double Tolerance = 1e-4;

    private static readonly string[] Contexts =
        ["Question: What is 3 + 4?\nAnswer:", "Question: What is 3 + 4?\nAnswer: 7\n\nQuestion:", "Tom"];

    private static readonly string[] Continuations = [" 7", " seven apples", " The boat is red.", " 12"];

    private readonly LoraModel _model = new();

    private static List<Request> Requests { get; } =
    [
        .. Contexts.SelectMany((context, i) => Continuations.Select((continuation, j) =>
            new LogLikelihoodRequest { Key = new RequestKey("s", i, j), Prompt = context, Continuation = continuation })),
        .. Contexts.Select((context, i) => new GenerateRequest
        {
            Key = new RequestKey("g", i, 0),
            Prompt = context,
            Options = new GenerationOptions { Until = [], MaxTokens = 24 },
            Seed = 1,
        }),
    ];

    public static TheoryData<string> Ways => ["shared", "whole", "batches", "workers", "one append", "no rewind", "last row", "small rank"];

    private static GenAiOptions Options(string way)
    {
        Capabilities? Assumed(bool append, bool rewind, bool allRows) => new(append, rewind, allRows, Batch: true);
        return new GenAiOptions
        {
            PrefixReuse = way != "whole",
            BatchSize = way == "batches" ? 3 : 1,
            Workers = way == "workers" ? Math.Min(2, Environment.ProcessorCount) : 1,
            Assumed = way switch
            {
                "one append" => Assumed(append: false, rewind: false, allRows: true),
                "no rewind" => Assumed(append: true, rewind: false, allRows: true),
                "last row" => Assumed(append: true, rewind: true, allRows: false),
                _ => null,
            },
        };
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Adapter_InEveryWay_GivesWhatMergedWeightsGive(string way)
    {
        // The graph's own rank is 2.
        int rank = way == "small rank" ? 1 : 4;
        string file = _model.Adapter("law", Seed, rank), merged = _model.Merged("merged", Seed, rank);
        GenAiOptions options = Options(way);
        Dictionary<RequestKey, Response> expected = await AnswersAsync(merged, options);
        Dictionary<RequestKey, Response> actual = await AnswersAsync(_model.Folder, options with { Adapter = file });
        AssertSame(expected, actual);
        // Otherwise the base's answers would do.
        Dictionary<RequestKey, Response> plain = await AnswersAsync(_model.Folder, options);
        Assert.All(plain.Values.Where(r => r.LogLikelihood is not null), r =>
            Assert.True(Math.Abs(r.LogLikelihood!.Value - actual[r.Key].LogLikelihood!.Value) > 100 * Tolerance, $"{r.Key}"));
        Assert.Contains(plain.Values, r => r.LogLikelihood is null && r.Text != actual[r.Key].Text);
    }

    /// <summary>Olive writes inputs that are matrices of rank 0 without an adapter.</summary>
    [Fact]
    public async Task Adapter_OnInputsThatAreEmptyWithoutOne_GivesWhatMergedWeightsGive()
    {
        using var model = new LoraModel(ownRank: 0);
        AssertSame(
            await AnswersAsync(model.Merged("merged", Seed), new GenAiOptions()),
            await AnswersAsync(model.Folder, new GenAiOptions { Adapter = model.Adapter("law", Seed) }));
    }

    /// <summary>Two adapters and the model alone take turns on one loaded model.</summary>
    [Fact]
    public async Task Share_SeveralAtOnce_ComputeEachWithItsOwn()
    {
        string law = _model.Adapter("law", Seed), code = _model.Adapter("code", Seed + 1);
        var options = new GenAiOptions();
        Dictionary<RequestKey, Response> plain = await AnswersAsync(_model.Folder, options);
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(_model.Folder, options, CancellationToken.None);
        var said = new List<string>();
        async Task<GenAiEngine> ShareAsync(string? file) => await engine.ShareAsync(
            file is null ? null : AdapterFile.ReadFor(_model.Folder, file), said.Add, CancellationToken.None);
        await using GenAiEngine first = await ShareAsync(law), second = await ShareAsync(code), alone = await ShareAsync(null);
        for (int turn = 0; turn < 2; turn++)
        {
            AssertSame(await AnswersAsync(_model.Merged($"law-{turn}", Seed), options), await AnswersAsync(first));
            AssertSame(await AnswersAsync(_model.Merged($"code-{turn}", Seed + 1), options), await AnswersAsync(second));
            Dictionary<RequestKey, Response> again = await AnswersAsync(alone);
            Assert.All(plain.Values, r => Assert.Equal((r.LogLikelihood, r.Text), (again[r.Key].LogLikelihood, again[r.Key].Text)));
        }

        Assert.Equal(("tiny-lora+law", "law.onnx_adapter"), (first.Description.ModelName, first.Description.Adapter!.Name));
        Assert.Equal(("tiny-lora", null), (alone.Description.ModelName, alone.Description.Adapter));
        Assert.Equal(2, said.Count(line => line.Contains(": moves the logits after a probe text by up to ", StringComparison.Ordinal)));
    }

    /// <summary>Logits of whole texts, of pieces, and after rewinds over detours.</summary>
    [Fact]
    public void Session_WithAnAdapter_GivesTheLogitsOfMergedWeights()
    {
        var file = AdapterFile.ReadFor(_model.Folder, _model.Adapter("law", Seed));
        using LoadedModel plain = LoadedModel.Load(_model.Folder, new GenAiOptions()),
            merged = LoadedModel.Load(_model.Merged("merged", Seed), new GenAiOptions()),
            adapted = plain.With(file);
        int[] tokens = plain.Tokenizer.EncodePrompt(string.Concat(Enumerable.Repeat("Tom had 12 red apples and gave 5 of them. ", 6)));
        using ModelSession expected = merged.NewSession(tokens.Length), session = adapted.NewSession(tokens.Length + 8);
        expected.Append(tokens);
        LogitRows rows = expected.ReadRows();
        session.Append(tokens);
        AssertRows(0);
        foreach (int at in (int[])[tokens.Length - 8, 16, 3])
        {
            session.RewindTo(at);
            session.Append(tokens.AsSpan(0, 4));
            session.RewindTo(at);
            session.Append(tokens.AsSpan(at));
            AssertRows(at);
        }

        session.RewindTo(0);
        for (int at = 0; at < tokens.Length; at += 8)
        {
            session.Append(tokens.AsSpan(at, Math.Min(8, tokens.Length - at)));
            AssertRows(at);
        }

        Assert.Equal(plain.Capabilities, adapted.Capabilities);

        void AssertRows(int from)
        {
            LogitRows given = session.ReadRows();
            for (int row = 0; row < given.Count; row++)
            {
                float[] right = rows[from + row].ToArray(), found = given[row].ToArray();
                Assert.All(right.Zip(found), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
            }
        }
    }

    [Fact]
    public async Task Adapter_OfZeros_IsTheBaseAndIsSaidToBe()
    {
        var said = new List<string>();
        var options = new GenAiOptions { Announce = said.Add };
        Dictionary<RequestKey, Response> plain = await AnswersAsync(_model.Folder, options);
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(
            _model.Folder, options with { Adapter = _model.Adapter("nothing", Seed, size: 0) }, CancellationToken.None);
        AssertSame(plain, await AnswersAsync(engine));
        Assert.Equal("changes nothing on a probe text", engine.Description.Settings["adapter"]);
        Assert.Contains(said, line => line.StartsWith("adapter nothing: changes nothing after a probe text", StringComparison.Ordinal));
    }

    private static async Task<Dictionary<RequestKey, Response>> AnswersAsync(string folder, GenAiOptions options)
    {
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(folder, options, CancellationToken.None);
        return await AnswersAsync(engine);
    }

    private static async Task<Dictionary<RequestKey, Response>> AnswersAsync(GenAiEngine engine) =>
        await engine.RunAsync(Requests, new HashSet<RequestKey>(), CancellationToken.None).ToDictionaryAsync(r => r.Key);

    private static void AssertSame(Dictionary<RequestKey, Response> expected, Dictionary<RequestKey, Response> actual)
    {
        Assert.Equal(Requests.Count, actual.Count);
        foreach ((RequestKey key, Response response) in expected)
        {
            Assert.Null(response.Error);
            Assert.Null(actual[key].Error);
            Assert.Equal(response.Text, actual[key].Text);
            Assert.Equal(response.IsGreedy, actual[key].IsGreedy);
            Assert.Equal(response.TokenLogProbabilities.Count, actual[key].TokenLogProbabilities.Count);
            Assert.All(
                response.TokenLogProbabilities.Zip(actual[key].TokenLogProbabilities),
                pair => Assert.Equal(pair.First, pair.Second, Tolerance));
            Assert.Equal(response.LogLikelihood ?? 0, actual[key].LogLikelihood ?? 0, Tolerance * response.TokenLogProbabilities.Count);
        }
    }

    public void Dispose() => _model.Dispose();
}
