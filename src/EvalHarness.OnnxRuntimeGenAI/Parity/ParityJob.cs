using EvalHarness.OnnxRuntimeGenAI.Runtime;

namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>What one side is asked to compute. It is passed to a process of its own as JSON.</summary>
internal sealed record ParityJob
{
    public required ParitySide Side { get; init; }

    /// <summary>Whether the side is the base, which computes plainly, and some forms to show its own noise.</summary>
    public required bool IsBase { get; init; }

    /// <summary>
    /// Whether the side computes every sequence plainly: the base, and a candidate whose weights are not the base's, so that its batches
    /// are compared with itself.
    /// </summary>
    public required bool ComputesAllPlainly { get; init; }

    public required ParityPlan Plan { get; init; }

    /// <summary>See <see cref="ParitySequences.Identity"/>: another build must make the same sequences.</summary>
    public required string Sequences { get; init; }

    /// <summary>The padding tokens of both sides.</summary>
    public required IReadOnlyList<int> Padding { get; init; }

    /// <summary>The lengths to compute, ascending.</summary>
    public required IReadOnlyList<int> Lengths { get; init; }

    /// <summary>The time for computing, without loading.</summary>
    public required double Seconds { get; init; }

    /// <summary>The file for the rows.</summary>
    public required string RowFile { get; init; }
}

/// <summary>What one side has computed.</summary>
internal sealed record ParityRows
{
    public required IReadOnlyList<ProbeRows> Probes { get; init; }

    public required IReadOnlyList<LengthNotTried> NotTried { get; init; }

    /// <summary>What ran where; empty where the plan asks for no profile.</summary>
    public required IReadOnlyList<ProviderNodes> Providers { get; init; }

    /// <summary>The version of the runtime.</summary>
    public required string Runtime { get; init; }

    /// <summary>What the engine found that the model can do when it loaded it.</summary>
    public required Capabilities Capabilities { get; init; }

    public required long Tokens { get; init; }

    public required double LoadSeconds { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Why the process of the side ended before it was done; null if it did not.</summary>
    public string? Ended { get; init; }
}

/// <summary>A length, or a form at a length, that a side did not compute.</summary>
internal sealed record LengthNotTried(int Length, ParityForm? Form, string Why);
