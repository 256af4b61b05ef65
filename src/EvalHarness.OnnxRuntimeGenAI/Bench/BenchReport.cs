using EvalHarness.Engines;

namespace EvalHarness.OnnxRuntimeGenAI.Bench;

/// <summary>What to measure.</summary>
public sealed record BenchOptions
{
    /// <summary>Tokens of the prompt.</summary>
    public IReadOnlyList<int> PromptLengths { get; init; } = [32, 128, 512];

    /// <summary>Rows computed together.</summary>
    public IReadOnlyList<int> BatchSizes { get; init; } = [1];

    /// <summary>Tokens generated after each prompt, 2 or more.</summary>
    public int Generate { get; init; } = 32;

    /// <summary>Measurements of each, after one that is thrown away.</summary>
    public int Repeat { get; init; } = 5;
}

/// <summary>How fast and how large a model is on this machine.</summary>
public sealed record BenchReport
{
    public required EngineDescription Model { get; init; }

    /// <summary>Bytes of the folder.</summary>
    public required long DiskBytes { get; init; }

    /// <summary>Seconds until the runtime has the model, without what is tried on it then.</summary>
    public required double LoadSeconds { get; init; }

    /// <summary>Largest working set of the process, bytes.</summary>
    public required long PeakMemory { get; init; }

    /// <summary>What the energy was read from; null where the machine exposes none to this user.</summary>
    public required string? EnergySource { get; init; }

    public required IReadOnlyList<BenchRow> Rows { get; init; }
}

/// <summary>One prompt length at one batch size.</summary>
public sealed record BenchRow
{
    public required int PromptLength { get; init; }

    public required int BatchSize { get; init; }

    /// <summary>Prompt tokens per second, all rows together.</summary>
    public required Measured Prefill { get; init; }

    /// <summary>Seconds from the prompt to the first token.</summary>
    public required Measured FirstToken { get; init; }

    /// <summary>Tokens per second after the first, all rows together.</summary>
    public required Measured Decode { get; init; }

    /// <summary>Joules per token, prompt and generated, of the whole package or device; null where it is not exposed.</summary>
    public Measured? Energy { get; init; }
}

/// <summary>Repeated measurements of one quantity.</summary>
/// <param name="Median">Middle one, or the mean of the two middle ones.</param>
/// <param name="Low">Smallest.</param>
/// <param name="High">Largest.</param>
/// <param name="Samples">All, in the order they were taken.</param>
public sealed record Measured(double Median, double Low, double High, IReadOnlyList<double> Samples)
{
    public static Measured Of(IReadOnlyList<double> samples)
    {
        double[] sorted = [.. samples.Order()];
        int middle = sorted.Length / 2;
        return new Measured(sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[0], sorted[^1], samples);
    }
}
