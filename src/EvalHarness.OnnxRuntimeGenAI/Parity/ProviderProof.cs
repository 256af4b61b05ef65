namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>Judges whether the device computed a model, by the provider of each of its nodes.</summary>
internal static class ProviderProof
{
    private const string Cpu = "CPUExecutionProvider";

    /// <summary>
    /// Beginnings and ends of the names of operations that compute a model. Shape arithmetic and copies, which a provider leaves to the
    /// CPU by design, have other names.
    /// </summary>
    private static readonly string[] Work =
    [
        "MatMul", "Gemm", "Attention", "MoE", "Softmax", "Normalization", "RotaryEmbedding", "Conv", "Gelu", "Einsum",
    ];

    /// <param name="device">cpu, cuda or directml.</param>
    /// <param name="nodes">Of a profile.</param>
    /// <returns>Sentences that say what the device did not compute; none if it computed the model.</returns>
    internal static IEnumerable<string> Failures(string device, IReadOnlyList<ProviderNodes> nodes)
    {
        if (nodes.Count == 0)
            yield break;
        string expected = NameOf(device);
        if (!nodes.Any(n => n.Provider == expected))
        {
            yield return $"the device did not run: no node ran on {expected}; all ran on "
                + string.Join(", ", nodes.Select(n => n.Provider).Distinct());
            yield break;
        }

        foreach (ProviderNodes node in nodes.Where(n => n.Provider != expected && IsWork(n.Operation)))
        {
            yield return $"{node.Nodes} {node.Operation} node{(node.Nodes == 1 ? "" : "s")} ran on {node.Provider} and not on {expected}, "
                + $"such as {node.Example}";
        }
    }

    internal static string NameOf(string device) => device switch
    {
        "cuda" => "CUDAExecutionProvider",
        "directml" => "DmlExecutionProvider",
        _ => Cpu,
    };

    private static bool IsWork(string operation) => Work.Any(w => operation.Contains(w, StringComparison.Ordinal));
}
