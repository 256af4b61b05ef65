using EvalHarness.OnnxRuntimeGenAI.Parity;
using static EvalHarness.Tests.Engines.Faults.GraphFault;

namespace EvalHarness.Tests.Engines.Faults;

/// <summary>The faults that parity must find.</summary>
internal sealed partial record PlantedFault
{
    private static readonly GraphForm Decomposed = new() { Attention = AttentionForm.Decomposed };

    private static readonly GraphForm Apart = new() { Attention = AttentionForm.RotaryApart, Norm = NormForm.Decomposed };

    internal static IReadOnlyList<PlantedFault> All { get; } =
    [
        OfGraph("rotary pairs interleaved instead of halves", RotationInterleaved),
        OfGraph("positions one too late after the first append", PositionsLateAfterPrompt, Apart) with
        {
            In = [ParityForm.Pieces, ParityForm.Steps],
        },
        OfGraph("key heads repeated in the wrong order", KeyHeadsTiled, Decomposed),
        OfGraph("a layer left out", LayerLeftOut),
        OfGraph("stale keys after a rewind", StaleCache) with
        {
            In = [ParityForm.Rewind, ParityForm.RewindAfterSteps, ParityForm.StepsAfterRewind],
        },
        OfGraph("a token sees the next one", NotCausal, Decomposed),
        OfGraph("the last token of an append is missing in the cache", LastTokenDropped, Decomposed) with
        {
            In = [ParityForm.Pieces, ParityForm.Steps],
        },
        OfGraph("the first token is missing in the cache", FirstTokenDropped, Decomposed) with
        {
            In = [ParityForm.Pieces, ParityForm.Steps],
        },
        OfGraph("the logits of the token before", RowBefore),
        OfGraph("padding is seen in a batch", PaddingAttended) with
        {
            In = [ParityForm.BatchSteps],
        },
        OfGraph("the rows of a batch are those of its first sequence", RowsOfFirst) with
        {
            In = [ParityForm.Batch],
        },
        OfGraph("the same logits for every token", ConstantLogits),
        OfGraph("the kernel for one token is off by 1%", LoneTokensScaled) with
        {
            In = [ParityForm.Steps, ParityForm.StepsAfterRewind],
        },
        OfGraph("the kernel for more than 48 tokens is off by 1%", LongAppendsScaled),
        OfArchitecture("rotary base of 500,000 instead of 10,000", a => a with { Theta = 500_000 }),
        OfArchitecture("rotary scaling ignored", a => a with { Stretch = 1 }) with { Architecture = new() { Stretch = 4 } },
        OfArchitecture("no positions beyond 200 tokens", a => a with { LastAngle = 199 }),
        OfArchitecture("window ignored", a => a with { Window = 0 }) with { Architecture = new() { Window = 24 } },
        OfArchitecture("window one token too long", a => a with { Window = 25 }) with { Architecture = new() { Window = 24 } },
        OfArchitecture("attention's scale off by 1%", a => a with { ScoreFactor = 1.01f }),
        OfArchitecture("epsilon of norms 1e-2 instead of 1e-5", a => a with { Epsilon = 1e-2f }),
        OfArchitecture("GELU instead of SiLU", a => a with { Activation = Activation.Gelu }),
        OfArchitecture("GELU by tanh instead of erf", a => a with { Activation = Activation.GeluTanh }) with
        {
            Architecture = new() { Activation = Activation.Gelu },
        },
        OfWeights("two query heads swapped", (w, a) => w.WithLayer(0, l => l with
        {
            Query = l.Query.TakeColumns(EqualWeights.Blocks([2, 1, 0, 3], a.Head)),
        })),
        OfWeights("the down matrix of one layer off by 1%", (w, _) => w.WithLayer(1, l => l with { Down = l.Down.Times(1.01f) })),
        OfWeights("the key matrix of one layer off by 1%", (w, _) => w.WithLayer(0, l => l with { Key = l.Key.Times(1.01f) })),
        OfWeights("the weights of a norm left out", (w, _) => w.WithLayer(1, l => l with
        {
            FeedForwardNorm = [.. l.FeedForwardNorm.Select(_ => 1f)],
        })),
        OfWeights("the bias of the values left out", (w, _) => w.WithLayer(0, l => l with
        {
            ValueBias = new float[l.ValueBias.Length],
        })) with
        {
            Architecture = new() { Biases = true },
        },
        OfWeights("one row of a tied embedding off by 10%", (w, _) => ScaledToken(w, 777)) with { Architecture = new() { Tied = true } },
        OfHalf("16 bits, and the down matrix of one layer off by 1%", (w, _) => w.WithLayer(1, l => l with { Down = l.Down.Times(1.01f) })),
        OfHalf("16 bits, and an epsilon of 1e-2", null) with
        {
            Plant = m => m with { Architecture = m.Architecture with { Epsilon = 1e-2f } },
        },
        new()
        {
            Name = "16 bits overflow in the cache",
            Prepare = (w, _) => EqualWeights.WithLargerValues(w, 1 << 17),
            Form = new() { Type = GraphWriter.Half },
            // In 32 bits the same weights do not overflow.
            TwinForm = new() { Norm = NormForm.Decomposed },
            Plant = m => m,
        },
        new()
        {
            Name = "the step of an 8-bit cache is a quarter of what it must be",
            BaseForm = new() { CacheStep = CacheStep },
            Form = new() { CacheStep = CacheStep, Norm = NormForm.Decomposed },
            Plant = m => m with { Form = m.Form with { CacheStep = CacheStep / 4 } },
        },
    ];

    /// <summary>Keys and values are about as large as one, and five times at most.</summary>
    private const float CacheStep = 5f / 127;

    private static PlantedFault OfGraph(string name, GraphFault fault, GraphForm? form = null) => new()
    {
        Name = name,
        Form = form ?? new() { Norm = NormForm.Decomposed },
        Plant = m => m with { Fault = fault },
    };

    private static PlantedFault OfArchitecture(string name, Func<Architecture, Architecture> change) => new()
    {
        Name = name,
        Plant = m => m with { Architecture = change(m.Architecture) },
    };

    private static PlantedFault OfWeights(string name, Func<ModelWeights, Architecture, ModelWeights> change) => new()
    {
        Name = name,
        Plant = m => m with { Weights = change(m.Weights, m.Architecture) },
    };

    private static PlantedFault OfHalf(string name, Func<ModelWeights, Architecture, ModelWeights>? change) => new()
    {
        Name = name,
        Form = new() { Type = GraphWriter.Half },
        Plant = m => m with { Weights = change is null ? m.Weights : change(m.Weights, m.Architecture) },
    };

    private static ModelWeights ScaledToken(ModelWeights weights, int token)
    {
        Matrix embedding = weights.Embedding;
        embedding = Matrix.Of(embedding.Rows, embedding.Columns, (r, c) =>
            weights.Embedding.Values[r * embedding.Columns + c] * (r == token ? 1.1f : 1));
        return weights with { Embedding = embedding, Classifier = embedding.Transposed() };
    }
}
