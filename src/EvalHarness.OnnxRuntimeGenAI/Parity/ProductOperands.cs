using EvalHarness.OnnxRuntimeGenAI.Inspection;

namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>The weights that matrix products take, directly or through the operations that unpack or convert them.</summary>
internal sealed class ProductOperands(OnnxGraph graph)
{
    /// <summary>The operations through which a weight is followed. They do not change its shape.</summary>
    private readonly Dictionary<string, OnnxNode> _conversions = graph.Nodes
        .Where(n => n is { Operation: "DequantizeLinear" or "Cast", Inputs.Count: > 0, Outputs.Count: > 0 })
        .DistinctBy(n => n.Outputs[0])
        .ToDictionary(n => n.Outputs[0]);

    /// <summary>The weight behind an input of a product, and the type in which the product takes it.</summary>
    /// <returns>Null if the input is no weight.</returns>
    internal (OnnxTensor Weight, string? Type)? Find(string input)
    {
        if (graph.Weights.GetValueOrDefault(input) is { } direct)
            return (direct, direct.Type.Name);
        if (!_conversions.TryGetValue(input, out OnnxNode? node) || graph.Weights.GetValueOrDefault(node.Inputs[0]) is not { } weight)
            return null;
        return node.Operation == "Cast"
            ? (weight, new OnnxTensor("", [], (int)node.Integers.GetValueOrDefault("to")).Type.Name)
            : (weight, node.Inputs.Skip(1).Select(scale => graph.Weights.GetValueOrDefault(scale)?.Type.Name).FirstOrDefault());
    }

    /// <summary>The number of terms that a product sums up; 1 if it has no weight that tells.</summary>
    internal long Terms(OnnxNode product)
    {
        if (product.Operation == "MatMulNBits")
            return product.Integers.GetValueOrDefault("K", 1);
        bool isTransposed = product.Operation == "Gemm" && product.Integers.GetValueOrDefault("transB") == 1;
        return product.Inputs.Select(i => Find(i)?.Weight.Shape).FirstOrDefault(s => s?.Count == 2) is { } shape
            ? shape[isTransposed ? 1 : 0]
            : 1;
    }
}
