using System.Text.Json.Serialization;

namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>An event of ONNX Runtime's profile, which is in the format of Chrome's trace events.</summary>
internal sealed record ProfileEvent(
    [property: JsonPropertyName("cat")] string Category,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("dur")] long Duration,
    [property: JsonPropertyName("args")] ProfileArguments? Arguments);

/// <summary>What an event of a node says of it; events of the session and of threads have other keys.</summary>
internal sealed record ProfileArguments(
    [property: JsonPropertyName("provider")] string? Provider,
    [property: JsonPropertyName("op_name")] string? Operation);

/// <summary>One run of a node.</summary>
internal sealed record NodeRun(string Provider, string Operation, string Node, double Seconds);
