using EvalHarness.OnnxRuntimeGenAI.Inspection;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>Computes how much memory the keys and values of one token take.</summary>
internal static class KeyValueCache
{
    /// <summary>
    /// Bytes per token, or 0 if the graph cannot be read: the runtime also loads models that consist of several graphs, and models in
    /// other formats than ONNX.
    /// </summary>
    internal static long BytesPerToken(string graphFile, ModelConfig config)
    {
        try
        {
            return BytesPerToken(OnnxGraph.Read(graphFile), config);
        }
        catch (EvalException)
        {
            return 0;
        }
    }

    /// <summary>
    /// Bytes per token by the graph's cache inputs, whose shape is [batch, heads, tokens, head size]; 0 if they have another shape. The
    /// graph is read because genai_config.json does not tell the element type and the runtime does not check the sizes it gives.
    /// </summary>
    internal static long BytesPerToken(OnnxGraph graph, ModelConfig config) => graph.Inputs
        .Where(input => input.Shape is [_, > 0, _, > 0] && config.CacheNames.Any(name => Matches(input.Name, name)))
        .Sum(input => ((input.Shape[1] * input.Shape[3] * input.Type.Bits) + 7) / 8);

    /// <param name="name">The name of an input, such as past_key_values.3.key.</param>
    /// <param name="pattern">A name of genai_config.json, such as past_key_values.%d.key.</param>
    private static bool Matches(string name, string pattern)
    {
        string[] parts = pattern.Split("%d", 2);
        return parts.Length == 2
            && name.Length > parts[0].Length + parts[1].Length
            && name.StartsWith(parts[0], StringComparison.Ordinal)
            && name.EndsWith(parts[1], StringComparison.Ordinal)
            && name.AsSpan()[parts[0].Length..^parts[1].Length].IndexOfAnyExceptInRange('0', '9') < 0;
    }
}
