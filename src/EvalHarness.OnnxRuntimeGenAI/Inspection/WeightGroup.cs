namespace EvalHarness.OnnxRuntimeGenAI.Inspection;

/// <summary>Weights that are stored alike.</summary>
/// <param name="Storage">The element type, such as float16, or the operation that unpacks the weights and its bits.</param>
/// <param name="Bits">The number of bits of a value, without its scale.</param>
/// <param name="BlockSize">The number of values that share a scale; null if the values are not scaled.</param>
/// <param name="AccuracyLevel">
/// The accuracy_level of MatMulNBits: 4 rounds activations to 8 bits; 1, 2 and 3 compute with float32, float16 and bfloat16; 0 leaves the
/// type of the activations. Null for other operations.
/// </param>
/// <param name="Tensors">The number of matrices and vectors.</param>
/// <param name="Parameters">The number of values. A matrix that is stored twice (embedding and classifier) counts twice.</param>
/// <param name="Bytes">The size in bytes, with scales and zero points.</param>
internal sealed record WeightGroup(string Storage, int Bits, int? BlockSize, int? AccuracyLevel, int Tensors, long Parameters, long Bytes)
{
    internal static IReadOnlyList<WeightGroup> Of(OnnxGraph graph)
    {
        var unpacked = new HashSet<string>();
        var groups = new List<WeightGroup>();
        foreach (OnnxNode node in graph.Nodes.Where(n => n.Operation is "MatMulNBits" or "GatherBlockQuantized"))
        {
            OnnxTensor[] tensors = [.. node.Inputs.Where(graph.Weights.ContainsKey).Select(i => graph.Weights[i])];
            if (tensors.Length == 0 || !tensors.All(t => unpacked.Add(t.Name)))
                continue;
            int bits = (int)node.Integers.GetValueOrDefault("bits", 4);
            long parameters = node.Operation == "MatMulNBits"
                ? node.Integers.GetValueOrDefault("K") * node.Integers.GetValueOrDefault("N")
                : tensors[0].Elements * tensors[0].Type.Bits / bits;
            groups.Add(new WeightGroup(
                $"{node.Operation} {bits} bits",
                bits,
                (int)node.Integers.GetValueOrDefault("block_size", 32),
                node.Operation == "MatMulNBits" ? (int)node.Integers.GetValueOrDefault("accuracy_level", 0) : null,
                1,
                parameters,
                tensors.Sum(t => t.Bytes)));
        }

        // Tables of rotary positions are computed, not learned, and integers are shapes and axes. Neither are parameters.
        groups.AddRange(graph.Weights.Values
            .Where(t => !unpacked.Contains(t.Name))
            .Where(t => !t.Name.Contains("cos_cache", StringComparison.Ordinal) && !t.Name.Contains("sin_cache", StringComparison.Ordinal))
            .Where(t => t.Type.Name is not ("int32" or "int64"))
            .Select(t => new WeightGroup(t.Type.Name, t.Type.Bits, null, null, 1, t.Elements, t.Bytes)));
        return
        [
            .. groups.GroupBy(g => (g.Storage, g.BlockSize, g.AccuracyLevel))
                .Select(g => g.First() with
                {
                    Tensors = g.Count(),
                    Parameters = g.Sum(w => w.Parameters),
                    Bytes = g.Sum(w => w.Bytes),
                })
                .OrderByDescending(g => g.Bytes),
        ];
    }
}
