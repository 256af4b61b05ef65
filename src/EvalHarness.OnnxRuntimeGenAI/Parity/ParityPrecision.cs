using EvalHarness.OnnxRuntimeGenAI.Inspection;

namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>How precisely a graph computes, by its types.</summary>
internal sealed record ParityPrecision
{
    /// <summary>The storage of most of the weights, such as float16 or MatMulNBits 4 bits.</summary>
    public required string Weights { get; init; }

    /// <summary>The type in which the matrix products take and give activations.</summary>
    public required string Activations { get; init; }

    /// <summary>The type of the key-value cache; null if the graph has none that can be read.</summary>
    public string? Cache { get; init; }

    /// <summary>
    /// The accuracy levels of MatMulNBits that round activations further; null for none. See <see cref="WeightGroup.AccuracyLevel"/>.
    /// </summary>
    public int? AccuracyLevel { get; init; }

    /// <summary>The number of layers with a cache, at least 1.</summary>
    public required int Layers { get; init; }

    /// <summary>The longest sum of a matrix product, in terms.</summary>
    public required long Width { get; init; }

    /// <summary>The sizes of the windows of attention, in tokens; empty where it sees all tokens.</summary>
    public required IReadOnlyList<int> Windows { get; init; }

    /// <summary>
    /// The unit roundoff of what is stored between operations: 2^-24, 2^-11 or 2^-8 for float32, float16 or bfloat16, and half a step of
    /// 127 where activations or the cache are rounded to 8 bits, or of 7 for 4 bits.
    /// </summary>
    public required double Roundoff { get; init; }

    /// <summary>
    /// How weights of 8 bits and fewer are stored; empty where there are none. Two sides for which this differs have other weights, and not
    /// only other roundings of the same ones.
    /// </summary>
    public required string QuantizedAs { get; init; }

    /// <summary>Whether two sides have other weights, so that they differ by more than rounding.</summary>
    internal static bool HaveOtherWeights(ParityPrecision a, ParityPrecision b) => a.QuantizedAs != b.QuantizedAs;

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the folder is no model folder, or its graph cannot be read.
    /// </exception>
    internal static ParityPrecision Of(string folder)
    {
        ModelConfig config = ModelConfig.Read(folder);
        return Of(OnnxGraph.Read(Path.Combine(folder, config.GraphFile)));
    }

    internal static ParityPrecision Of(OnnxGraph graph)
    {
        IReadOnlyList<WeightGroup> groups = WeightGroup.Of(graph);
        OnnxTensor[] caches = [.. graph.Inputs.Where(i => i.Shape.Count == 4)];
        OnnxNode[] products = [.. graph.Nodes.Where(n => n.Operation is "MatMul" or "Gemm" or "FusedMatMul" or "MatMulNBits")];
        int? level = groups.Max(g => g.AccuracyLevel);
        string? cache = caches.Select(c => c.Type.Name).MaxBy(Roundoffs);
        var operands = new ProductOperands(graph);
        // Where no product shows its type, the cache has that of the products that write into it.
        string activations = products
            .SelectMany(n => n.Inputs)
            .Select(i => operands.Find(i)?.Type)
            .Where(t => t is "float32" or "float16" or "bfloat16")
            .MaxBy(t => Roundoffs(t!)) ?? (cache is "float16" or "bfloat16" ? cache : "float32");
        return new ParityPrecision
        {
            Weights = groups.Count > 0 ? groups[0].Storage : "none",
            Activations = activations,
            Cache = cache,
            AccuracyLevel = level is > 1 ? level : null,
            Layers = Math.Max(1, caches.Length / 2),
            Width = products.Select(operands.Terms).DefaultIfEmpty(1).Max(),
            Windows =
            [
                .. graph.Nodes
                    .Select(n => (int)n.Integers.GetValueOrDefault("local_window_size", -1))
                    .Where(w => w > 0)
                    .Distinct()
                    .Order(),
            ],
            Roundoff = new[] { Roundoffs(activations), cache is null ? 0 : Roundoffs(cache), OfLevel(level) }.Max(),
            QuantizedAs = string.Join(", ", groups.Where(g => g.Bits <= 8).Select(g => $"{g.Storage}, blocks of {g.BlockSize}").Order()),
        };
    }

    /// <summary>As in the documentation of MatMulNBits: 2 computes with float16, 3 with bfloat16, 4 with 8-bit integers.</summary>
    private static double OfLevel(int? level) => level switch
    {
        2 => Roundoffs("float16"),
        3 => Roundoffs("bfloat16"),
        4 => Roundoffs("int8"),
        _ => 0,
    };

    private static double Roundoffs(string type) => type switch
    {
        "float16" => Math.Pow(2, -11),
        "bfloat16" => Math.Pow(2, -8),
        "int8" or "uint8" => 0.5 / 127,
        "float8" => Math.Pow(2, -4),
        "int4" or "uint4" => 0.5 / 7,
        _ => Math.Pow(2, -24),
    };
}
