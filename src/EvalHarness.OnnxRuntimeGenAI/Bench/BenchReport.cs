using EvalHarness.Engines;

namespace EvalHarness.OnnxRuntimeGenAI.Bench;

/// <summary>The prompt lengths and batch sizes at which a model is measured, and how often.</summary>
internal sealed record BenchOptions
{
    /// <summary>The lengths of the prompts, in tokens.</summary>
    public IReadOnlyList<int> PromptLengths { get; init; } = [32, 128, 512];

    /// <summary>The numbers of rows that are computed together, each 1 to 32.</summary>
    public IReadOnlyList<int> BatchSizes { get; init; } = [1];

    /// <summary>The number of tokens that are generated after each prompt, 2 or more.</summary>
    public int Generate { get; init; } = 32;

    /// <summary>The number of measurements of each length and batch size, after one for warming up that is not counted.</summary>
    public int Repeat { get; init; } = 5;
}

/// <summary>How fast and how large a model is on this machine.</summary>
internal sealed record BenchReport
{
    public required EngineDescription Model { get; init; }

    /// <summary>The size of all files in the model folder, in bytes.</summary>
    public required long DiskBytes { get; init; }

    /// <summary>The time that the runtime took to load the model, in seconds, without the probe of its capabilities.</summary>
    public required double LoadSeconds { get; init; }

    /// <summary>The largest working set of the process, in bytes.</summary>
    public required long PeakMemory { get; init; }

    /// <summary>The source of the energy values, such as RAPL; null if the machine exposes none to this user.</summary>
    public required string? EnergySource { get; init; }

    public required IReadOnlyList<BenchRow> Rows { get; init; }
}

/// <summary>The measurements of one prompt length at one batch size.</summary>
internal sealed record BenchRow
{
    public required int PromptLength { get; init; }

    public required int BatchSize { get; init; }

    /// <summary>The prompt tokens computed per second, of all rows together.</summary>
    public required Measured Prefill { get; init; }

    /// <summary>The time from the start of the prompt to the first generated token, in seconds.</summary>
    public required Measured FirstToken { get; init; }

    /// <summary>The tokens generated per second after the first one, of all rows together.</summary>
    public required Measured Decode { get; init; }

    /// <summary>
    /// The energy of the whole processor package or device, in joules per token of prompt and completion; null if it is not exposed.
    /// </summary>
    public Measured? Energy { get; init; }
}

/// <summary>Repeated measurements of one quantity.</summary>
/// <param name="Median">The middle measurement, or the mean of the two in the middle.</param>
/// <param name="Low">The smallest measurement.</param>
/// <param name="High">The largest measurement.</param>
/// <param name="Samples">All measurements in the order in which they were taken.</param>
internal sealed record Measured(double Median, double Low, double High, IReadOnlyList<double> Samples)
{
    public static Measured Of(IReadOnlyList<double> samples)
    {
        double[] sorted = [.. samples.Order()];
        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Measured(median, sorted[0], sorted[^1], samples);
    }
}
