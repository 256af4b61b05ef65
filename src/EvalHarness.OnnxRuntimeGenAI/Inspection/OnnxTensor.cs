namespace EvalHarness.OnnxRuntimeGenAI.Inspection;

/// <summary>A tensor of an ONNX graph, without its values.</summary>
/// <param name="Name">The name by which nodes refer to the tensor.</param>
/// <param name="Shape">The dimensions.</param>
/// <param name="ElementType">The element type as a number of TensorProto.DataType.</param>
internal sealed record OnnxTensor(string Name, IReadOnlyList<long> Shape, int ElementType)
{
    internal long Elements => Shape.Aggregate(1L, (product, d) => product * d);

    /// <summary>The name of the element type and the number of bits of an element.</summary>
    internal (string Name, int Bits) Type => ElementType switch
    {
        1 => ("float32", 32),
        2 => ("uint8", 8),
        3 => ("int8", 8),
        6 => ("int32", 32),
        7 => ("int64", 64),
        10 => ("float16", 16),
        11 => ("float64", 64),
        16 => ("bfloat16", 16),
        17 or 18 => ("float8", 8),
        21 => ("uint4", 4),
        22 => ("int4", 4),
        var other => ($"type {other}", 0),
    };

    /// <summary>The dimensions for messages; one that has a name instead of a number is "any".</summary>
    internal string ShapeText => $"[{string.Join(", ", Shape.Select(d => d < 0 ? "any" : $"{d}"))}]";

    internal long Bytes => (Elements * Type.Bits + 7) / 8;
}
