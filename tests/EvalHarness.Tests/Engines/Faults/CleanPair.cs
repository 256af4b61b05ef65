namespace EvalHarness.Tests.Engines.Faults;

/// <summary>Two sides that compute the same mathematics in other forms.</summary>
/// <param name="Form">What is other, in words.</param>
/// <param name="Architecture">The models' architecture, in words.</param>
/// <param name="Base">One side.</param>
/// <param name="Candidate">The other side.</param>
internal sealed record CleanPair(string Form, string Architecture, CleanSide Base, CleanSide Candidate)
{
    private static readonly (string Name, Architecture Architecture)[] Architectures =
    [
        ("2 layers, 4 heads, 2 key heads", new()),
        ("1 layer, 4 heads, 1 key head", new() { Layers = 1, KeyHeads = 1 }),
        ("3 layers, tied, biases, GELU", new() { Layers = 3, Tied = true, Biases = true, Activation = Activation.Gelu }),
        ("2 layers, window of 24, rotary scaling", new() { Window = 24, Stretch = 4 }),
        ("6 layers, 4 heads, 4 key heads", new() { Layers = 6, KeyHeads = 4 }),
        ("2 layers, 6 heads, 3 key heads, tied", new() { Heads = 6, KeyHeads = 3, Tied = true }),
        ("4 layers, window of 8, GELU by tanh", new() { Layers = 4, Window = 8, Activation = Activation.GeluTanh }),
        ("3 layers, 2 heads of 32, biases", new() { Layers = 3, Heads = 2, Head = 32, KeyHeads = 1, Width = 128, Biases = true }),
        ("2 layers, epsilon 1e-6, base 500,000", new() { Epsilon = 1e-6f, Theta = 500_000, FeedForward = 160 }),
        ("5 layers, 4 heads, 1 key head, tied", new() { Layers = 5, KeyHeads = 1, Tied = true, Context = 600 }),
    ];

    private static readonly IReadOnlyDictionary<string, string> Unoptimized =
        new Dictionary<string, string> { ["graph_optimization_level"] = "ORT_DISABLE_ALL" };

    /// <summary>The ways in which the candidate's form is other than the base's, from a base and a seed.</summary>
    private static readonly (string Name, Func<PlantedModel, int, (CleanSide Base, CleanSide Candidate)> Make)[] Forms =
    [
        ("rotation apart, from position 5", Changed(m => m with { Form = Of(AttentionForm.RotaryApart) with { FirstPosition = 5 } })),
        ("attention from products and a softmax", Changed(m => m with { Form = Of(AttentionForm.Decomposed) })),
        ("all from simple operators, joined products", Changed(m => m with
        {
            Form = Of(AttentionForm.Decomposed, NormForm.Decomposed) with { Activation = ActivationForm.Other, Joined = true },
        })),
        ("norms that add the residual, joined products", Changed(m => m with
        {
            Form = Of(AttentionForm.Fused, NormForm.Skip) with { Joined = true },
        })),
        ("norms from squares and means", Changed(m => m with { Form = Of(AttentionForm.Fused, NormForm.Decomposed) })),
        ("activation from other operators", Changed(m => m with { Form = new() { Activation = ActivationForm.Other } })),
        ("products in halves", Changed(m => m with { Form = new() { Product = ProductForm.Halves } })),
        ("inner values and heads permuted", Permuted(new())),
        ("permuted, Gemm with transposed weights", Permuted(new() { Product = ProductForm.Gemm })),
        ("permuted, 16 bits", Permuted(new() { Type = GraphWriter.Half })),
        ("weights of norms in the matrices behind", Changed(m => m with
        {
            Weights = EqualWeights.WithFoldedNorms(m.Weights, m.Architecture),
        })),
        ("values and inner values scaled by 3", Changed(m => m with
        {
            Weights = EqualWeights.WithLargerValues(EqualWeights.WithLargerUp(m.Weights, 3), 3),
        })),
        ("16 bits", Changed(m => m with { Form = new() { Type = GraphWriter.Half } })),
        ("16 bits, all from simple operators", Changed(m => m with
        {
            Form = Of(AttentionForm.Decomposed, NormForm.Decomposed) with { Type = GraphWriter.Half, Activation = ActivationForm.Other },
        })),
        ("16 bits on both sides, one all from simple operators", (m, _) =>
        {
            PlantedModel half = m with { Form = new() { Type = GraphWriter.Half } };
            return (new CleanSide(half), new CleanSide(half with
            {
                Form = Of(AttentionForm.Decomposed, NormForm.Decomposed) with { Type = GraphWriter.Half },
            }));
        }),
        ("16 bits, every result rounded to them", Changed(m => m with { Form = Rounded })),
        ("16 bits on both sides, every result rounded on one", (m, seed) => (
            new CleanSide(m with { Form = new() { Type = GraphWriter.Half } }),
            new CleanSide(m with { Weights = EqualWeights.Permuted(m.Weights, m.Architecture, seed), Form = Rounded }))),
        ("one buffer for keys, norms that add the residual; two buffers", (m, _) => (
            new CleanSide(m with { Form = Of(AttentionForm.RotaryApart, NormForm.Skip) }),
            new CleanSide(m with { Form = new() { SharedBuffer = false, Product = ProductForm.Halves } }))),
        ("graph optimized or not", (m, _) => (
            new CleanSide(m with { Form = Of(AttentionForm.Decomposed, NormForm.Decomposed) with { Joined = true } }),
            new CleanSide(m with { Form = new() }) { SessionOptions = Unoptimized })),
        ("1 thread, permuted; 2 threads", (m, seed) => (
            new CleanSide(m with { Weights = EqualWeights.Permuted(m.Weights, m.Architecture, seed) }) { Threads = 1 },
            new CleanSide(m with { Form = Of(AttentionForm.Fused, NormForm.Skip) }) { Threads = 2 })),
        ("rotation apart, from position 9; attention from products", (m, _) => (
            new CleanSide(m with { Form = Of(AttentionForm.RotaryApart) with { FirstPosition = 9 } }),
            new CleanSide(m with { Form = Of(AttentionForm.Decomposed, NormForm.Skip) with { Product = ProductForm.Gemm } }))),
        ("permuted, norms folded, in halves, all from simple operators", (m, seed) => (
            new CleanSide(m),
            new CleanSide(m with
            {
                Weights = EqualWeights.Permuted(EqualWeights.WithFoldedNorms(m.Weights, m.Architecture), m.Architecture, seed),
                Form = Of(AttentionForm.Decomposed, NormForm.Decomposed) with { Product = ProductForm.Halves },
            }))),
    ];

    private static GraphForm Rounded => Of(AttentionForm.Decomposed) with { Type = GraphWriter.Half, Rounded = true };

    /// <summary>The number of pairs in which each form meets each architecture once.</summary>
    internal static int Round => Forms.Length * Architectures.Length;

    /// <summary>A pair by its number: any <see cref="Round"/> in a row are all forms with all architectures.</summary>
    internal static CleanPair Of(int number)
    {
        (string form, var make) = Forms[number % Forms.Length];
        // Each further row of forms begins one architecture later than where the row before it ended.
        (string name, Architecture architecture) = Architectures[(number + number / Forms.Length) % Architectures.Length];
        var model = new PlantedModel { Architecture = architecture, Weights = ModelWeights.Random(architecture, 1_000 + number) };
        (CleanSide left, CleanSide right) = make(model, number);
        return new CleanPair(form, name, left, right);
    }

    /// <summary>All forms with the weights of a trained model.</summary>
    internal static IEnumerable<CleanPair> OfTrained(ModelWeights weights)
    {
        var model = new PlantedModel { Architecture = TrainedWeights.Architecture, Weights = weights };
        foreach ((string form, var make) in Forms)
        {
            (CleanSide left, CleanSide right) = make(model, 1);
            yield return new CleanPair(form, "the embedded model", left, right);
        }
    }

    /// <summary>A model as it was exported, on one thread and unoptimized against two threads.</summary>
    internal static CleanPair OfFolder(string folder) => new(
        "1 thread, graph not optimized; 2 threads",
        Path.GetFileName(folder),
        new CleanSide(null) { Folder = folder, Threads = 2 },
        new CleanSide(null) { Folder = folder, Threads = 1, SessionOptions = Unoptimized });

    private static Func<PlantedModel, int, (CleanSide Base, CleanSide Candidate)> Changed(Func<PlantedModel, PlantedModel> change) =>
        (m, _) => (new CleanSide(m), new CleanSide(change(m)));

    private static Func<PlantedModel, int, (CleanSide Base, CleanSide Candidate)> Permuted(GraphForm form) => (m, seed) => (
        new CleanSide(m), new CleanSide(m with { Weights = EqualWeights.Permuted(m.Weights, m.Architecture, seed), Form = form }));

    private static GraphForm Of(AttentionForm attention, NormForm norm = NormForm.Fused) => new() { Attention = attention, Norm = norm };
}

/// <summary>A model to write, or its folder, and the settings that it runs with.</summary>
internal sealed record CleanSide(PlantedModel? Model)
{
    internal string? Folder { get; init; }

    internal int? Threads { get; init; }

    internal IReadOnlyDictionary<string, string> SessionOptions { get; init; } = new Dictionary<string, string>();
}
