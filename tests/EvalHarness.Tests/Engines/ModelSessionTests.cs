using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.OnnxRuntimeGenAI.Prefixes;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Planning;
using EvalHarness.Prompts;
using EvalHarness.Tasks;
using EvalHarness.Tokens;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.Tests.Engines;

/// <summary>
/// What the runtime does silently wrong, or kills the process for, shown on the runtime itself and ruled out by the session.
/// </summary>
public sealed class ModelSessionTests : IDisposable
{
    private readonly LoadedModel? _model = Shared.Missing is null ? LoadedModel.Load(Shared.Model("fp32"), new GenAiOptions()) : null;

    private LoadedModel Model => _model!;

    private int[] Tokens(string text) => Model.Tokenizer.EncodePrompt(text);

    private float[] LastRow(params int[] tokens)
    {
        using ModelSession session = Model.NewSession(tokens.Length);
        session.Append(tokens);
        return session.ReadRows().Last.ToArray();
    }

    private static float Difference(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float worst = 0;
        for (int i = 0; i < a.Length; i++)
            worst = Math.Max(worst, Math.Abs(a[i] - b[i]));
        return worst;
    }

    [SharedFact]
    public void Rewind_AndAppend_EqualsAFreshSession()
    {
        int[] tokens = Tokens("Once upon a time, there was a little girl named Lily.");
        using ModelSession session = Model.NewSession(64);
        session.Append(tokens);
        session.RewindTo(5);
        session.Append(Tokens("a dog and a cat"));
        session.RewindTo(5);
        session.Append(tokens.AsSpan(5));
        Assert.True(Difference(LastRow(tokens), session.ReadRows().Last) < 1e-4);
    }

    /// <summary>
    /// Trap: attention works in blocks of rows and takes another way for a row left over, so that a piece of 33 tokens gives other
    /// numbers than one of 34. Cut in the plan's way, a text gives the same numbers wherever it is cut.
    /// </summary>
    [SharedTheory]
    [InlineData("fp32")]
    [InlineData("int8")]
    [InlineData("int4")]
    public void Append_CutAnywhereInThePlansWay_GivesTheSame(string variant)
    {
        using LoadedModel model = LoadedModel.Load(Shared.Model(variant), new GenAiOptions());
        int[] tokens = [.. model.Tokenizer.EncodePrompt(
            string.Concat(Enumerable.Range(0, 40).Select(i => $"Lily had {i * 7919 % 1000} apples and gave {i} to Tom. "))).Take(400)];
        int[] continuation = [.. tokens.Take(64)];
        // Sequences that part from the first at every length from 1 to 70: its pieces are cut there.
        PlannedSequence[] sequences =
            [new(tokens, 0), .. Enumerable.Range(1, 70).Select(n => new PlannedSequence([.. tokens.AsSpan(0, n), .. continuation], n))];
        float[] whole = [.. Rows(model, [sequences[0]])];
        foreach (PlannedSequence other in sequences.Skip(1))
            Assert.Equal(whole, Rows(model, [sequences[0], other]));
    }

    /// <summary>Gives all rows of the first sequence, computed in the pieces of the plan for all sequences.</summary>
    private static float[] Rows(LoadedModel model, PlannedSequence[] sequences)
    {
        var plan = PrefixPlan.Build(sequences);
        var rows = new float[sequences[0].Tokens.Length][];
        using ModelSession session = model.NewSession(512);
        foreach (PlanStep step in plan.Steps)
        {
            if (session.Length != step.Start)
                session.RewindTo(step.Start);
            session.Append(sequences[plan.Order[step.First]].Tokens.Slice(step.Start, step.Length));
            LogitRows read = session.ReadRows();
            for (int i = 0; i < step.Length && plan.Order.Take(step.Last).Skip(step.First).Contains(0); i++)
                rows[step.Start + i] = read[i].ToArray();
        }

        return [.. rows.SelectMany(r => r)];
    }

    /// <summary>Trap: the runtime samples from the row before, when a prompt ends in the padding token.</summary>
    [SharedFact]
    public void PromptEndingInPadding_NextToken_ComesFromTheRightRow()
    {
        int[] tokens = [.. Tokens("Once upon a time, there was a"), Model.Config.PadId!.Value];
        int right = LogSoftmax.ArgMax(LastRow(tokens));
        using var parameters = new GeneratorParams(Model.Model);
        SearchOptions.SetGreedy(parameters, Model.Config, 64, 1);
        using var naive = new Generator(Model.Model, parameters);
        naive.AppendTokens(tokens);
        naive.GenerateNextToken();
        Assert.NotEqual(right, naive.GetNextTokens()[0]);
    }

    /// <summary>Trap: after a step of the runtime's own, an append leaves that step's token out of the cache.</summary>
    [SharedFact]
    public void AppendAfterTheRuntimesOwnStep_IsWrong_AndTheSessionTakesNone()
    {
        int[] tokens = Tokens("Once upon a time, there was a"), more = Tokens(" and they played");
        using var parameters = new GeneratorParams(Model.Model);
        SearchOptions.SetGreedy(parameters, Model.Config, 64, 1);
        using var naive = new Generator(Model.Model, parameters);
        naive.AppendTokens(tokens);
        naive.GenerateNextToken();
        int chosen = naive.GetNextTokens()[0];
        naive.AppendTokens(more);
        using Tensor wrong = naive.GetOutput("logits");
        float[] wrongRow = wrong.GetData<float>()[^Model.Config.VocabularySize..].ToArray();

        using ModelSession session = Model.NewSession(64);
        session.Append(tokens);
        session.Append([LogSoftmax.ArgMax(session.ReadRows().Last)]);
        session.Append(more);
        float[] expected = LastRow([.. tokens, chosen, .. more]);
        Assert.True(Difference(expected, session.ReadRows().Last) < 1e-4);
        Assert.True(Difference(expected, wrongRow) > 0.1);
    }

    /// <summary>Trap: a failed append poisons its generator; the next one succeeds with wrong numbers.</summary>
    [SharedFact]
    public void Append_AfterAFailedOne_IsRefused()
    {
        using ModelSession session = Model.NewSession(8);
        session.Append(Tokens("Once"));
        Assert.Throws<OnnxRuntimeGenAIException>(
            () => session.Append(Tokens("a text that is much longer than eight tokens of this vocabulary")));
        Assert.Throws<InvalidOperationException>(() => session.Append(Tokens("x")));
    }

    /// <summary>The cache holds what the request needs, not the model's whole context.</summary>
    [SharedFact]
    public void NewSession_SmallRequest_HoldsNoMore()
    {
        Assert.Equal(8192, Model.Config.ContextLength);
        using ModelSession session = Model.NewSession(600);
        session.Append([.. Enumerable.Repeat(300, 600)]);
        Assert.Throws<OnnxRuntimeGenAIException>(() => session.Append([.. Enumerable.Repeat(300, 100)]));
    }

    /// <summary>
    /// 2,560 bytes a token: 5 layers, keys and values, 4 heads of 16 values of 4 bytes; read from the graph, not from the config.
    /// </summary>
    [SharedFact]
    public void CacheBytesPerToken_OfTheGraph_AreThoseOfItsInputs()
    {
        ModelConfig config = ModelConfig.Read(Shared.Model("fp32"));
        var graph = OnnxGraph.Read(Path.Combine(Shared.Model("fp32"), config.GraphFile));
        Assert.Equal(2560, KeyValueCache.BytesPerToken(graph, config));
        Assert.Equal(2560, KeyValueCache.BytesPerToken(Path.Combine(Shared.Model("fp32"), config.GraphFile), config));
        Assert.Equal(0, KeyValueCache.BytesPerToken(Path.Combine(Shared.Model("fp32"), "none.onnx"), config));
        Assert.Equal(0, KeyValueCache.BytesPerToken(Path.Combine(Shared.Model("fp32"), "tokenizer.json"), config));
        Assert.Equal(
            2560 / 4,
            KeyValueCache.BytesPerToken(graph with { Inputs = [.. graph.Inputs.Select(i => i with { ElementType = 3 })] }, config));
        Assert.Equal(0, KeyValueCache.BytesPerToken(graph, config with { CacheNames = ["past.%d.key", "past"] }));
    }

    /// <summary>
    /// Most of these end the process when they reach the runtime; a step after a rewind and rows before an append are wrong numbers.
    /// </summary>
    [SharedFact]
    public void WhatKillsTheProcess_Throws()
    {
        ModelSession session = Model.NewSession(16);
        Assert.Throws<InvalidOperationException>(() => session.ReadRows());
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Append([]));
        session.Append(Tokens("Once"));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.RewindTo(100));
        session.RewindTo(1);
        Assert.Throws<InvalidOperationException>(() => session.ReadRows());
        session.Dispose();
        session.Dispose();
        Assert.Throws<ObjectDisposedException>(() => session.Append([1]));
        Assert.Throws<ObjectDisposedException>(() => session.RewindTo(0));
        Assert.Throws<ObjectDisposedException>(() => session.ReadRows());
        Assert.Throws<ModelSessionException>(() => Model.NewSession(int.MaxValue));
        LoadedModel other = LoadedModel.Load(Shared.Model("int4"), new GenAiOptions());
        other.Dispose();
        other.Dispose();
        Assert.Throws<ObjectDisposedException>(() => other.NewSession(8));
        Assert.Throws<ObjectDisposedException>(() => other.Tokenizer.Encode("x"));
        Assert.Throws<ObjectDisposedException>(() => other.Tokenizer.Decode([300]));
        Assert.Throws<ObjectDisposedException>(() => other.Tokenizer.CreateStream());
    }

    /// <summary>A native failure errs its own request only; the same worker answers those before and after as usual.</summary>
    [SharedFact]
    public void Walk_RuntimeFailsOnOneRequest_AnswersTheOthers()
    {
        EncodedRequest Scored(int document, params int[] tokens) => EncodedRequest.Scored(
            new RequestKey("t", document, 0), tokens[..^2], tokens[^2..]);
        EncodedRequest good = Scored(0, 1, 300, 301, 302, 303),
            outside = Scored(1, 1, 300, 301, 99_999, 303, 304), last = Scored(2, 1, 310, 311, 312, 313);
        Dictionary<long, Response> Run(params EncodedRequest[] requests)
        {
            using var worker = new Worker(Model);
            using EncodedRequests encoded = Encoded(requests);
            var planned = new PlannedRequests(encoded, PrefixPlan.Build(encoded.Sequences), 16);
            return worker.Walk(planned).Run((0, requests.Length), _ => true, CancellationToken.None)
                .ToDictionary(r => r.Response.Key.Document, r => r.Response);
        }

        Dictionary<long, Response> expected = Run(good, last), actual = Run(good, outside, last);
        Assert.Contains("the runtime failed", actual[1].Error, StringComparison.Ordinal);
        Assert.Null(actual[1].LogLikelihood);
        Assert.All(
            (long[])[0, 2], document => Assert.Equal(expected[document].LogLikelihood!.Value, actual[document].LogLikelihood!.Value, 1e-4));
    }

    /// <summary>Where the tokens of the requests are, in memory or in a file, changes no number.</summary>
    [SharedFact]
    public void Walk_OfTokensInAFile_GivesTheSame()
    {
        var random = new Random(5);
        int[] Tokens(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(300, 304))];
        int[][] contexts = [.. Enumerable.Range(1, 20).Select(i => (int[])[1, .. Tokens(i)])];
        EncodedRequest[] requests =
        [
            .. contexts.SelectMany((context, i) => Enumerable.Range(0, 3).Select(
                j => EncodedRequest.Scored(new RequestKey("t", i, j), context, Tokens(1 + j), cut: j == 2 ? context.Length / 2 : 0))),
            .. contexts.Select((context, i) => EncodedRequest.Generated(
                new GenerateRequest
                {
                    Key = new RequestKey("t", 20 + i, 0),
                    Prompt = "",
                    Options = new GenerationOptions { Until = [], MaxTokens = 3 },
                    Seed = i,
                },
                context,
                reasoning: null)),
        ];
        string[] Run(int bound)
        {
            using var worker = new Worker(Model);
            using EncodedRequests encoded = Encoded(requests, bound);
            Assert.Equal(bound < 100, encoded.Sequences.AreTokensInFile);
            var planned = new PlannedRequests(encoded, PrefixPlan.Build(encoded.Sequences), 64);
            return
            [
                .. PlanShards.Cut(planned.Plan, 3, _ => 0)
                    .SelectMany(shard => worker.Walk(planned).Run(shard, i => i % 5 != 1, CancellationToken.None))
                    .Select(r => $"{r.Number} {r.Response.Key} {r.Response.Error} {r.Response.Text} {r.Response.LogLikelihood:R}"),
            ];
        }

        string[] expected = Run(TokenStore.DefaultBound);
        Assert.Equal(requests.Length - (requests.Length / 5), expected.Length);
        Assert.Equal(expected, Run(bound: 10));
    }

    private static EncodedRequests Encoded(EncodedRequest[] requests, int bound = TokenStore.DefaultBound)
    {
        var encoded = new EncodedRequests(bound);
        foreach (EncodedRequest request in requests)
            encoded.Add(request);
        return encoded;
    }

    [SharedFact]
    public async Task WhatKillsTheProcess_ThroughTheEngine_Throws()
    {
        GenAiEngine engine = await GenAiEngine.LoadAsync(Shared.Model("int4"), new GenAiOptions(), CancellationToken.None);
        await engine.DisposeAsync();
        await engine.DisposeAsync();
        Request request = new LogLikelihoodRequest { Key = new RequestKey("t", 0, 0), Prompt = "Once", Continuation = " upon" };
        await Assert.ThrowsAnyAsync<ObjectDisposedException>(
            async () => await engine.RunAsync([request], new HashSet<RequestKey>(), CancellationToken.None).ToListAsync());
    }

    /// <summary>A constructor that throws leaves an object whose finalizer hands the runtime a null pointer.</summary>
    [SharedFact]
    public void WhatDoesNotLoad_IsFinalizedWithoutHarm()
    {
        using var folder = new TemporaryFolder();
        foreach (string file in Directory.EnumerateFiles(Shared.Model("fp32")))
            File.Copy(file, folder[Path.GetFileName(file)]);
        File.WriteAllText(folder["tokenizer.json"], "{}");
        Assert.Throws<EvalException>(() => LoadedModel.Load(folder.Path, new GenAiOptions()));
        Assert.Throws<OnnxRuntimeGenAIException>(() => Model.NewSession(-5));
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    [SharedFact]
    public void Probe_ThisModel_CanAll() =>
        Assert.Equal(new Capabilities(Append: true, Rewind: true, AllRows: true, Batch: true), Model.Capabilities);

    [SharedFact]
    public void Tokenizer_ItsOwnBeginning_IsPutBeforeOnce()
    {
        Assert.Equal([1], Model.Tokenizer.Prefix);
        Assert.Equal([1], Model.Tokenizer.EncodePrompt(""));
        Assert.Equal(1, Model.Tokenizer.EncodePrompt("Once")[0]);
        Assert.NotEqual(1, Model.Tokenizer.Encode("Once")[0]);
        // A chat template may have put it there already, as text.
        Assert.Equal(Model.Tokenizer.EncodePrompt("<s>Once").Count(t => t == 1), Model.Tokenizer.EncodePrompt("Once").Count(t => t == 1));
    }

    public void Dispose() => _model?.Dispose();
}
