using System.Text.Json.Serialization;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Comparing;

/// <summary>A metric of a task or group, of two runs on the samples that both answered.</summary>
internal sealed record ComparedScore
{
    /// <summary>With fewer tasks the scatter between them says little, and intervals become very wide.</summary>
    internal const int FewTasks = 5;

    public required string Task { get; init; }

    public required bool IsGroup { get; init; }

    /// <summary>How deep it stands under its groups.</summary>
    public required int Depth { get; init; }

    public required string Metric { get; init; }

    public required string Filter { get; init; }

    public required bool HigherIsBetter { get; init; }

    /// <summary>Samples that both answered.</summary>
    public required int Count { get; init; }

    /// <summary>Tasks that these samples belong to.</summary>
    public required int Tasks { get; init; }

    /// <summary>Whether it is a group of so few tasks that the difference of its tasks can hardly be generalized.</summary>
    public bool TooFewTasks => Tasks is > 1 and < FewTasks;

    /// <summary>Samples that are left out because one of the runs did not answer them.</summary>
    public required int LeftOut { get; init; }

    /// <summary>Those of them that both runs asked, and that errored in at least one.</summary>
    public required int Errored { get; init; }

    /// <summary>Those of these that errored in the base.</summary>
    public required int ErroredInBase { get; init; }

    public required double Base { get; init; }

    /// <summary>95%, as <see cref="Interval.OfMean"/> has it; null where the score has none.</summary>
    public required Interval? BaseInterval { get; init; }

    public required double Candidate { get; init; }

    public required Interval? CandidateInterval { get; init; }

    /// <summary>Candidate minus base.</summary>
    public required double Difference { get; init; }

    /// <summary>Paired; of groups between their tasks. Null for fewer than two samples.</summary>
    public required double? StandardError { get; init; }

    /// <summary>95% interval of the difference, by the same test as <see cref="P"/>; null for a single sample with another score.</summary>
    public required Interval? Interval { get; init; }

    /// <summary>Two-sided p-value of no difference; null for a single sample with another score.</summary>
    public required double? P { get; init; }

    /// <summary>
    /// Raised for the number of tasks that are tested in all comparisons with the same base (Holm); for groups the same as
    /// <see cref="P"/>.
    /// </summary>
    [JsonPropertyName("p_holm")]
    public required double? AdjustedP { get; init; }

    /// <summary>
    /// The smallest true difference that a comparison like this one finds (p at most 0.05) in at least four of five repetitions, if as many
    /// samples flip beside it as do here; null where there is none.
    /// </summary>
    public double? Detectable { get; init; }

    /// <summary>
    /// The interval that the errored samples could make: each of them could be lost, and each of them could be won. Null where none errored
    /// or the scores are not between 0 and 1.
    /// </summary>
    public Interval? WithErrored { get; init; }

    /// <summary>Where scores are 0 or 1.</summary>
    public Flips? Flips { get; init; }

    /// <summary>Share of completions that are the same text; null where nothing is generated.</summary>
    public double? SameText { get; init; }

    /// <summary>The candidate's score over the base's.</summary>
    [JsonIgnore]
    internal PairedRatio? Recovery { get; init; }

    /// <summary>See <see cref="PairedRows.SquaredChanges"/>.</summary>
    [JsonIgnore]
    internal double SquaredChanges { get; init; }

    /// <summary>See <see cref="PairedRows.SquaredRow"/>.</summary>
    [JsonIgnore]
    internal double SquaredRow { get; init; }

    [JsonIgnore]
    internal LossTest? Test { get; init; }

    /// <summary>The test as if every errored sample were lost; null where none errored or the scores are not between 0 and 1.</summary>
    [JsonIgnore]
    internal LossTest? WorstCase { get; init; }
}

/// <summary>Samples that changed between right and wrong.</summary>
/// <param name="RightToWrong">Samples that the base had right and the candidate has not.</param>
/// <param name="WrongToRight">The other way.</param>
/// <param name="Documents">Of tasks: the documents that flipped, by number.</param>
internal sealed record Flips(int RightToWrong, int WrongToRight, IReadOnlyList<long> Documents);
