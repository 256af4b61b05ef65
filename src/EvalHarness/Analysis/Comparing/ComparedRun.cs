using EvalHarness.Results;

namespace EvalHarness.Analysis.Comparing;

/// <summary>What a run's model costs, beside what it scores.</summary>
internal sealed record ComparedRun
{
    /// <summary>The folder, as the user wrote it.</summary>
    public required string Run { get; init; }

    public required string Model { get; init; }

    public required string Device { get; init; }

    /// <summary>The file of the adapter on the model; null for none.</summary>
    public string? Adapter { get; init; }

    /// <summary>Bytes of the files of the model and its adapter; null where they are not here, such as those of an endpoint.</summary>
    public required long? DiskBytes { get; init; }

    /// <summary>Bytes; null where the model did not run here.</summary>
    public required long? PeakMemory { get; init; }

    /// <summary>Prompt tokens per second in the model; null where none were computed.</summary>
    public required double? Prefill { get; init; }

    /// <summary>Generated tokens per second in the model; null where none were.</summary>
    public required double? Decode { get; init; }

    /// <summary>What the answers to the tasks that all compared runs have cost; null without a price file.</summary>
    public RunPrice? Price { get; init; }

    internal static ComparedRun Of(FinishedRun run)
    {
        RunCost cost = run.Report.Harness.Cost;
        bool isHere = run.Manifest.Model.Files.Count > 0;
        return new ComparedRun
        {
            Run = run.Name,
            Model = run.Manifest.Model.ModelName,
            Device = run.Manifest.Model.Device,
            Adapter = run.Manifest.Model.Adapter?.Name,
            DiskBytes = run.Manifest.Model.DiskBytes(),
            PeakMemory = isHere && cost.Seconds.PeakMemory > 0 ? cost.Seconds.PeakMemory : null,
            Prefill = cost.Prefill,
            Decode = cost.Decode,
        };
    }
}
