namespace EvalHarness.OnnxRuntimeGenAI.Inspection;

/// <summary>An operation of an ONNX graph.</summary>
/// <param name="Operation">The type of the operation, such as MatMul or MatMulNBits.</param>
/// <param name="Inputs">The names of the inputs.</param>
/// <param name="Outputs">The names of the outputs.</param>
/// <param name="Integers">The values of the attributes that are integers, by name.</param>
internal sealed record OnnxNode(
    string Operation, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, IReadOnlyDictionary<string, long> Integers);
