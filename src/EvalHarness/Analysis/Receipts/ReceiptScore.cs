using System.ComponentModel;
using EvalHarness.Analysis.Comparing;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Receipts;

/// <summary>What a candidate kept of a score.</summary>
internal sealed record ReceiptScore
{
    [Description("Task or group")]
    public required string Task { get; init; }

    public required bool IsGroup { get; init; }

    [Description("How deep it stands under its groups")]
    public required int Depth { get; init; }

    public required string Metric { get; init; }

    public required string Filter { get; init; }

    public required bool HigherIsBetter { get; init; }

    [Description("Samples that both runs answered")]
    public required int Count { get; init; }

    [Description("Samples that errored in one of the runs and are left out")]
    public required int Errored { get; init; }

    [Description("The base's score over these samples")]
    public required double Base { get; init; }

    [Description("Its 95% interval")]
    public Interval? BaseInterval { get; init; }

    [Description("The candidate's score over the same samples")]
    public required double Candidate { get; init; }

    [Description("Its 95% interval")]
    public Interval? CandidateInterval { get; init; }

    [Description("Candidate minus base")]
    public required double Difference { get; init; }

    [Description("Its 95% interval, sample by sample")]
    public Interval? DifferenceInterval { get; init; }

    [Description("Two-sided p-value of no difference, by the same test")]
    public double? P { get; init; }

    [Description("That p-value, with regard to how many scores of all candidates are tested (Holm)")]
    public double? PHolm { get; init; }

    [Description("Samples that went from right to wrong; absent where scores are not right or wrong")]
    public int? Lost { get; init; }

    [Description("Samples that went from wrong to right; absent where scores are not right or wrong")]
    public int? Won { get; init; }

    [Description("Numbers of the documents that went either way; none for groups")]
    public IReadOnlyList<long> Flipped { get; init; } = [];

    [Description("The candidate's score over the base's, 1 where nothing is lost")]
    public double? Recovery { get; init; }

    [Description("95% interval of the recovery, sample by sample")]
    public Interval? RecoveryInterval { get; init; }

    [Description("Why there is no recovery, or no interval of it; absent where there are both")]
    public string? WhyNoInterval { get; init; }

    [Description("Share of completions that are the same text; absent where nothing is generated")]
    public double? SameText { get; init; }

    internal static ReceiptScore Of(ComparedScore score)
    {
        PairedRatio recovery = score.HigherIsBetter
            ? score.Recovery!
            : new PairedRatio(null, null, "a lower score is better, so that nothing is recovered");
        return new ReceiptScore
        {
            Task = score.Task,
            IsGroup = score.IsGroup,
            Depth = score.Depth,
            Metric = score.Metric,
            Filter = score.Filter,
            HigherIsBetter = score.HigherIsBetter,
            Count = score.Count,
            Errored = score.Errored,
            Base = score.Base,
            BaseInterval = score.BaseInterval,
            Candidate = score.Candidate,
            CandidateInterval = score.CandidateInterval,
            Difference = score.Difference,
            DifferenceInterval = score.Interval,
            P = score.P,
            PHolm = score.AdjustedP,
            Lost = score.Flips?.RightToWrong,
            Won = score.Flips?.WrongToRight,
            Flipped = score.Flips?.Documents ?? [],
            Recovery = recovery.Value,
            RecoveryInterval = recovery.Interval,
            WhyNoInterval = recovery.WhyNone,
            SameText = score.SameText,
        };
    }
}
