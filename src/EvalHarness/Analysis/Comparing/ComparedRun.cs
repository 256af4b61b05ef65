using System.Text.Json.Nodes;

namespace EvalHarness.Analysis.Comparing;

/// <summary>What a run's model costs, beside what it scores.</summary>
public sealed record ComparedRun
{
    /// <summary>The folder, as the user wrote it.</summary>
    public required string Run { get; init; }

    public required string Model { get; init; }

    public required string Device { get; init; }

    /// <summary>Bytes of the model's files.</summary>
    public required long DiskBytes { get; init; }

    /// <summary>Bytes; 0 where no model ran.</summary>
    public required long PeakMemory { get; init; }

    /// <summary>Prompt tokens per second in the model; null where none were computed.</summary>
    public required double? Prefill { get; init; }

    /// <summary>Generated tokens per second in the model; null where none were.</summary>
    public required double? Decode { get; init; }

    internal static ComparedRun Of(RunSamples run)
    {
        JsonNode usage = run.Results["evalharness"]!["usage"]!;
        return new ComparedRun
        {
            Run = run.Name,
            Model = run.Manifest.Model.ModelName,
            Device = run.Manifest.Model.Device,
            DiskBytes = run.Manifest.Model.Files.Sum(f => f.Bytes),
            PeakMemory = (long?)run.Results["evalharness"]!["seconds"]!["peak_memory"] ?? 0,
            Prefill = Rate(usage["prompt_tokens_computed"], usage["prefill_seconds"]),
            Decode = Rate(usage["tokens_generated"], usage["decode_seconds"]),
        };
    }

    private static double? Rate(JsonNode? tokens, JsonNode? seconds) =>
        (double?)tokens is { } n and > 0 && (double?)seconds is { } s and > 0 ? n / s : null;
}
