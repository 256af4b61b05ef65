namespace EvalHarness.LlamaCpp.Gguf;

/// <summary>A tensor of a GGUF file, without its values.</summary>
/// <param name="Name">The name, such as blk.0.attn_q.weight.</param>
/// <param name="Shape">The dimensions, the length of a row first.</param>
/// <param name="Type">The number of its type in ggml.</param>
/// <param name="Offset">Where its values begin, in bytes behind the header.</param>
internal sealed record GgufTensor(string Name, IReadOnlyList<long> Shape, int Type, long Offset)
{
    /// <summary>
    /// The types of ggml that model files have: their names, the values of a block, and its bytes. A type that is newer than this table is
    /// left to llama.cpp.
    /// </summary>
    /// <remarks>Source: ggml.h (enum ggml_type) and ggml-common.h (the blocks).</remarks>
    private static readonly Dictionary<int, (string Name, int Values, int Bytes)> Types = new()
    {
        [0] = ("F32", 1, 4),
        [1] = ("F16", 1, 2),
        [2] = ("Q4_0", 32, 18),
        [3] = ("Q4_1", 32, 20),
        [6] = ("Q5_0", 32, 22),
        [7] = ("Q5_1", 32, 24),
        [8] = ("Q8_0", 32, 34),
        [10] = ("Q2_K", 256, 84),
        [11] = ("Q3_K", 256, 110),
        [12] = ("Q4_K", 256, 144),
        [13] = ("Q5_K", 256, 176),
        [14] = ("Q6_K", 256, 210),
        [16] = ("IQ2_XXS", 256, 66),
        [17] = ("IQ2_XS", 256, 74),
        [18] = ("IQ3_XXS", 256, 98),
        [19] = ("IQ1_S", 256, 50),
        [20] = ("IQ4_NL", 32, 18),
        [21] = ("IQ3_S", 256, 110),
        [22] = ("IQ2_S", 256, 82),
        [23] = ("IQ4_XS", 256, 136),
        [24] = ("I8", 1, 1),
        [25] = ("I16", 1, 2),
        [26] = ("I32", 1, 4),
        [27] = ("I64", 1, 8),
        [28] = ("F64", 1, 8),
        [29] = ("IQ1_M", 256, 56),
        [30] = ("BF16", 1, 2),
        [34] = ("TQ1_0", 256, 54),
        [35] = ("TQ2_0", 256, 66),
        [39] = ("MXFP4", 32, 17),
    };

    internal string TypeName => Types.TryGetValue(Type, out (string Name, int, int) type) ? type.Name : $"type {Type}";

    /// <summary>The bytes of the values; 0 for a type that is not known here.</summary>
    /// <exception cref="OverflowException">The dimensions make more values than a file can have.</exception>
    internal long Bytes
    {
        get
        {
            long values = 1;
            foreach (long dimension in Shape)
                values = checked(values * dimension);
            return Types.TryGetValue(Type, out (string, int Values, int Bytes) type) ? checked(values / type.Values * type.Bytes) : 0;
        }
    }

    /// <summary>Whether a row is made of whole blocks, as ggml demands.</summary>
    internal bool HasWholeBlocks => !Types.TryGetValue(Type, out (string, int Values, int) type) || Shape[0] % type.Values == 0;
}
