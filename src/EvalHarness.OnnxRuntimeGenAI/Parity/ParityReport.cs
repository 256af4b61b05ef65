namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>What a comparison of two sides came to.</summary>
internal enum ParityVerdict
{
    /// <summary>Every row lies within the bound, and each side's device computed its model.</summary>
    Parity,

    /// <summary>Something failed; <see cref="ParityReport.Failures"/> says what.</summary>
    NotParity,

    /// <summary>The weights are stored with other bits, and the difference is larger than rounding: the figures say how large.</summary>
    OtherWeights,
}

/// <summary>A comparison of two sides.</summary>
internal sealed record ParityReport
{
    public required ParityVerdict Verdict { get; init; }

    /// <summary>What failed, a sentence each; empty where nothing did.</summary>
    public required IReadOnlyList<string> Failures { get; init; }

    /// <summary>What the reader should know besides, a sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    public required ParityBound Bound { get; init; }

    public required ParitySideReport Base { get; init; }

    public required ParitySideReport Candidate { get; init; }

    /// <summary>The candidate against the base by length, form and batch, then the base's other forms against its plain one.</summary>
    public required IReadOnlyList<ParityProbe> Probes { get; init; }

    /// <summary>The lengths, or forms at a length, that were not computed.</summary>
    public required IReadOnlyList<string> NotTried { get; init; }

    /// <summary>The context that the configurations promise, or that was asked for.</summary>
    public required int Context { get; init; }

    public required double Seconds { get; init; }

    /// <summary>The largest share of the bound that a row of the candidate used; above 1 it lies outside. Garbage has none.</summary>
    public double Share => Probes.Where(p => !p.OfBase).Select(p => p.Share).DefaultIfEmpty(0).Max();
}

/// <summary>One side of a comparison.</summary>
internal sealed record ParitySideReport
{
    public required ParitySide Side { get; init; }

    public required ParityPrecision Precision { get; init; }

    public required string Runtime { get; init; }

    /// <summary>The provider of the nodes; empty where no profile was asked for.</summary>
    public required IReadOnlyList<ProviderNodes> Providers { get; init; }

    public required long Tokens { get; init; }

    public required double LoadSeconds { get; init; }

    public required double Seconds { get; init; }
}

/// <summary>The rows of one form at one length, compared with the base's plain ones.</summary>
internal sealed record ParityProbe
{
    /// <summary>Whether the rows are the base's own in another form, which shows its noise.</summary>
    public required bool OfBase { get; init; }

    public required ParityForm Form { get; init; }

    public required int Length { get; init; }

    public required int Batch { get; init; }

    /// <summary>The number of rows compared.</summary>
    public required int Rows { get; init; }

    /// <summary>The mean of the Kullback-Leibler divergences of the rows in nats, and the largest of them.</summary>
    public required double Divergence { get; init; }

    public required double LargestDivergence { get; init; }

    /// <summary>The share of rows in which both have the same likeliest token.</summary>
    public required double SameTop { get; init; }

    /// <summary>The largest difference of a logit in any row, centred.</summary>
    public required double LargestDifference { get; init; }

    /// <summary>The largest relative difference of a row; see <see cref="RowDifference.Relative"/>.</summary>
    public required double Relative { get; init; }

    /// <summary>The root mean square of the rows' relative differences.</summary>
    public required double Typical { get; init; }

    /// <summary>The largest share of its bound that a row, or all of them together, used; 0 where no row could be compared.</summary>
    public required double Share { get; init; }

    /// <summary>The first position whose row lies outside the bound; null for none.</summary>
    public int? FirstDiverging { get; init; }

    /// <summary>The last position before it whose row was compared and lies inside; null for none.</summary>
    public int? LastRight { get; init; }

    /// <summary>What is wrong with a row by itself: garbage, or a token that the rows do not explain; null if nothing is.</summary>
    public string? Wrong { get; init; }

    internal bool IsOutside => Wrong is not null || Share > 1;
}
