using EvalHarness.OnnxRuntimeGenAI.Runtime;

namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>One of the two computations that are compared: a model, where it runs, and the settings of its runtime.</summary>
internal sealed record ParitySide
{
    /// <summary>The model folder.</summary>
    public required string Folder { get; init; }

    /// <summary>As in <see cref="GenAiOptions.Device"/>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>As in <see cref="GenAiOptions.DeviceId"/>.</summary>
    public int? DeviceId { get; init; }

    /// <summary>As in <see cref="GenAiOptions.Threads"/>.</summary>
    public int? Threads { get; init; }

    /// <summary>As in <see cref="GenAiOptions.SessionOptions"/>.</summary>
    public IReadOnlyDictionary<string, string> SessionOptions { get; init; } = new Dictionary<string, string>();

    /// <summary>As in <see cref="GenAiOptions.ProviderOptions"/>.</summary>
    public IReadOnlyDictionary<string, string> ProviderOptions { get; init; } = new Dictionary<string, string>();

    internal GenAiOptions Engine => new()
    {
        Device = Device,
        DeviceId = DeviceId,
        Threads = Threads,
        SessionOptions = SessionOptions,
        ProviderOptions = ProviderOptions,
    };
}
