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

    [Description("Samples that are left out because one of the runs did not ask them")]
    public required int NotAsked { get; init; }

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

    [Description("95% interval of the difference if each errored sample could be lost, and each could be won; absent where none errored, "
        + "or where scores are not between 0 and 1")]
    public Interval? WithErrored { get; init; }

    [Description("Two-sided p-value of no difference, by the test that gives the interval of the difference")]
    public double? P { get; init; }

    [Description("The p-value of no difference, adjusted by Holm's method for the number of scores of all candidates that are tested")]
    public double? PHolm { get; init; }

    [Description("Samples that went from right to wrong; absent where scores are not right or wrong")]
    public int? Lost { get; init; }

    [Description("Samples that went from wrong to right; absent where scores are not right or wrong")]
    public int? Won { get; init; }

    [Description("Numbers of the documents that went either way; none for groups")]
    public required IReadOnlyList<long> Flipped { get; init; }

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
            : new PairedRatio(null, null, "less is better in this metric, and recovery is for metrics of which more is better");
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
            NotAsked = score.LeftOut - score.Errored,
            Base = score.Base,
            BaseInterval = score.BaseInterval,
            Candidate = score.Candidate,
            CandidateInterval = score.CandidateInterval,
            Difference = score.Difference,
            DifferenceInterval = score.Interval,
            WithErrored = score.WithErrored,
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
