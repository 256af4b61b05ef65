namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>The nodes of one operation that one execution provider computed.</summary>
/// <param name="Provider">ONNX Runtime's name of the provider, such as CUDAExecutionProvider.</param>
/// <param name="Operation">The type of the operation, such as MatMulNBits.</param>
/// <param name="Nodes">The number of nodes of the graph.</param>
/// <param name="Seconds">The time of all their runs.</param>
/// <param name="Example">The name of one of the nodes.</param>
internal sealed record ProviderNodes(string Provider, string Operation, int Nodes, double Seconds, string Example);
