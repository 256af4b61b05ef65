using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Comparing;

/// <summary>A metric of a task or group, of two runs on the samples that both answered.</summary>
internal sealed record ComparedScore
{
    public required string Task { get; init; }

    /// <summary>How deep it stands under its groups.</summary>
    public required int Depth { get; init; }

    public required string Metric { get; init; }

    public required string Filter { get; init; }

    public required bool HigherIsBetter { get; init; }

    /// <summary>Samples that both answered.</summary>
    public required int Count { get; init; }

    /// <summary>Samples that are left out because one of the runs did not answer them.</summary>
    public required int LeftOut { get; init; }

    public required double Base { get; init; }

    /// <summary>95%, as <see cref="Interval.Of"/> has it; null for a single sample whose score is neither 0 nor 1.</summary>
    public required Interval? BaseInterval { get; init; }

    public required double Candidate { get; init; }

    public required Interval? CandidateInterval { get; init; }

    /// <summary>Candidate minus base.</summary>
    public required double Difference { get; init; }

    /// <summary>Paired; of groups clustered by task. Null for fewer than two samples.</summary>
    public required double? StandardError { get; init; }

    /// <summary>The smallest difference that these samples would have shown; null where no sample differs.</summary>
    public double? SmallestVisible { get; init; }

    /// <summary>Flips and their test, where scores are 0 or 1.</summary>
    public Flips? Flips { get; init; }

    /// <summary>Share of completions that are the same text; null where nothing is generated.</summary>
    public double? SameText { get; init; }
}

/// <param name="RightToWrong">Samples that the base had right and the candidate has not.</param>
/// <param name="WrongToRight">The other way.</param>
/// <param name="P">McNemar's exact two-sided p.</param>
/// <param name="Documents">Of tasks: the documents that flipped, by number.</param>
internal sealed record Flips(int RightToWrong, int WrongToRight, double P, IReadOnlyList<long> Documents)
{
    /// <summary>Raised for the number of tasks tested (Holm); for groups the same as <see cref="P"/>.</summary>
    public double AdjustedP { get; init; } = P;
}
