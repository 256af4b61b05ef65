using EvalHarness.OnnxRuntimeGenAI.Inspection;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>What the keys and values of earlier tokens take.</summary>
internal static class KeyValueCache
{
    /// <summary>0 where the runtime took a model that has no such file (several graphs behind each other) or another format than ONNX's own.</summary>
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
    /// From the graph's own inputs, [batch, heads, tokens, head size] each: genai_config.json does not tell the type, and the runtime does not
    /// check its sizes. 0 for a graph whose cache has another form.
    /// </summary>
    internal static long BytesPerToken(OnnxGraph graph, ModelConfig config) => graph.Inputs
        .Where(input => input.Shape is [_, > 0, _, > 0] && config.CacheNames.Any(name => Matches(input.Name, name)))
        .Sum(input => ((input.Shape[1] * input.Shape[3] * input.Type.Bits) + 7) / 8);

    /// <param name="name">past_key_values.3.key.</param>
    /// <param name="pattern">past_key_values.%d.key.</param>
    private static bool Matches(string name, string pattern)
    {
        string[] parts = pattern.Split("%d", 2);
        return parts.Length == 2 && name.Length > parts[0].Length + parts[1].Length && name.StartsWith(parts[0], StringComparison.Ordinal) && name.EndsWith(parts[1], StringComparison.Ordinal)
            && name.AsSpan()[parts[0].Length..^parts[1].Length].IndexOfAnyExceptInRange('0', '9') < 0;
    }
}
