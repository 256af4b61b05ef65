using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Prompts;
using EvalHarness.Tasks;
using EvalHarness.Tokens;

namespace EvalHarness.Tests.Engines;

/// <summary>Compares the engine with plain loops over the same weights.</summary>
public sealed class LlamaReferenceTests
{
    private static readonly string[] Contexts =
    [
        "",
        "Once upon a time",
        "One day, a girl named Lily went to the park with her mom.",
        string.Concat(Enumerable.Range(1, 30).Select(i => $"Tom had {i * 37 % 101} red apples and gave {i} to his friend. ")),
    ];

    private static readonly string[] Continuations =
    [
        " She", " and they were very happy.", "\nQuestion: 12 + 7 = 19",
        " a little boy named Tim, who loved to play outside in the sun with his big dog",
    ];

    private static LlamaReference Reference { get; } = Shared.Missing is null
        ? new(Path.Combine(Shared.Folder, "models", "stories260k-source", "stories260K.bin"))
        : null!;

    [SharedTheory]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    public async Task LogLikelihood_OfEachToken_EqualsThePlainLoops(bool reuse, int workers)
    {
        List<LogLikelihoodRequest> requests = [.. Contexts.SelectMany((context, i) => Continuations.Select((continuation, j) =>
            new LogLikelihoodRequest { Key = new RequestKey("t", i, j), Prompt = context, Continuation = continuation }))];
        using LoadedModel model = LoadedModel.Load(Shared.Model("fp32"), new GenAiOptions());
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(
            Shared.Model("fp32"), new GenAiOptions { PrefixReuse = reuse, Workers = workers }, CancellationToken.None);
        int tokensCompared = 0;
        await foreach (Response response in engine.RunAsync(requests, new HashSet<RequestKey>(), CancellationToken.None))
        {
            LogLikelihoodRequest request = requests.Single(r => r.Key == response.Key);
            (int[] context, int[] continuation) = new PairEncoder(model.Tokenizer).Encode(request.Context, request.Continuation);
            float[][] rows = Reference.Logits([.. context, .. continuation]);
            double[] expected = [.. continuation.Select((token, i) => LogProbability(rows[context.Length - 1 + i], token))];
            Assert.Equal(expected.Length, response.TokenLogProbabilities.Count);
            Assert.All(expected.Zip(response.TokenLogProbabilities), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
            Assert.Equal(
                continuation.Select((token, i) => token == LogSoftmax.ArgMax(rows[context.Length - 1 + i])).All(likeliest => likeliest),
                response.IsGreedy);
            tokensCompared += expected.Length;
        }

        Assert.True(tokensCompared > 200, $"{tokensCompared} tokens");
    }

    [SharedFact]
    public async Task Completion_Greedy_EqualsThePlainLoops()
    {
        using LoadedModel model = LoadedModel.Load(Shared.Model("fp32"), new GenAiOptions());
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(Shared.Model("fp32"), new GenAiOptions(), CancellationToken.None);
        List<GenerateRequest> requests =
        [
            .. Contexts.Select((context, i) => new GenerateRequest
            {
                Key = new RequestKey("t", i, 0),
                Prompt = context,
                Options = new GenerationOptions { Until = [], MaxTokens = 40 },
                Seed = 1,
            }),
        ];
        await foreach (Response response in engine.RunAsync(requests, new HashSet<RequestKey>(), CancellationToken.None))
        {
            int[] prompt = model.Tokenizer.EncodePrompt(requests.Single(r => r.Key == response.Key).Context);
            LlamaReference.Sequence sequence = Reference.NewSequence();
            float[] row = prompt.Select(token => Reference.Next(sequence, token)).ToArray()[^1];
            var tokens = new List<int>();
            for (int next = LogSoftmax.ArgMax(row); tokens.Count < 40; next = LogSoftmax.ArgMax(Reference.Next(sequence, next)))
                tokens.Add(next);
            Assert.Equal(model.Tokenizer.Decode([.. tokens]), response.Text);
        }
    }

    /// <summary>Computes log-softmax by its definition, independently of the library's.</summary>
    private static double LogProbability(float[] row, int token) => row[token] - Math.Log(row.Sum(x => Math.Exp(x)));
}
