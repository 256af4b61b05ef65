namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>What a side computed of one sequence in one form. The rows themselves are in a <see cref="RowFile"/>.</summary>
internal sealed record ProbeRows
{
    public required ParityForm Form { get; init; }

    /// <summary>The length of the ladder to which the probe belongs, in tokens.</summary>
    public required int Length { get; init; }

    /// <summary>Which of the sequences of <see cref="ParitySequences"/>.</summary>
    public required int Sequence { get; init; }

    /// <summary>The number of tokens of the sequence that were given: <see cref="Length"/>, or fewer for a row of a batch.</summary>
    public required int Given { get; init; }

    /// <summary>The number of sequences computed together.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>The positions of the rows, ascending: the row at position p is the prediction after tokens 0 to p.</summary>
    public required IReadOnlyList<int> Positions { get; init; }

    /// <summary>The tokens that the runtime or the greedy walk generated from position <see cref="Given"/> on; else empty.</summary>
    public IReadOnlyList<int> Chosen { get; init; } = [];

    /// <summary>The index in the file of the row of the first position; the others follow it.</summary>
    public required long FirstRow { get; init; }

    /// <summary>The runtime's message where it failed or refused; null where the probe was computed.</summary>
    public string? Failure { get; init; }
}
