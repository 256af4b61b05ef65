using EvalHarness.Results;

namespace EvalHarness.Analysis.Comparing;

/// <summary>What a run's model costs, beside what it scores.</summary>
internal sealed record ComparedRun
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

    internal static ComparedRun Of(FinishedRun run)
    {
        RunCost cost = run.Report.Harness.Cost;
        return new ComparedRun
        {
            Run = run.Name,
            Model = run.Manifest.Model.ModelName,
            Device = run.Manifest.Model.Device,
            DiskBytes = run.Manifest.Model.Files.Sum(f => f.Bytes),
            PeakMemory = cost.Seconds.PeakMemory,
            Prefill = cost.Prefill,
            Decode = cost.Decode,
        };
    }
}
