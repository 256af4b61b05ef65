using System.Text.Json.Serialization;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Arena;

/// <summary>How far the verdicts can be trusted that a judge gave on pairs of answers, each pair in both orders.</summary>
internal sealed record PairJudgeCard
{
    /// <summary>The name of the judge.</summary>
    public required string Judge { get; init; }

    /// <summary>Pairs of answers with a verdict in both orders.</summary>
    public required int Pairs { get; init; }

    /// <summary>Those of them that got the same verdict twice: the same answer won, or both verdicts are ties.</summary>
    public required int Same { get; init; }

    /// <summary>Their share, the mean over documents; null where there are no such pairs.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required double? SameShare { get; init; }

    /// <summary>Its 95% interval: Wilson's where each document has one pair, else Student's over documents.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required Interval? SameInterval { get; init; }

    /// <summary>Battles of these pairs that are no ties.</summary>
    public required int Decided { get; init; }

    /// <summary>Those of them that the answer won that stood first.</summary>
    public required int FirstWon { get; init; }

    /// <summary>Their share, the mean over documents: 0.5 for a judge without a liking for a place. Null where none is decided.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required double? FirstShare { get; init; }

    /// <summary>Its 95% interval, Student's over documents; null for a single document.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required Interval? FirstInterval { get; init; }

    /// <summary>The points that a typical difference in length brings the longer answer; null where that cannot be told.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required ArenaEffect? Length { get; init; }

    /// <summary>Battles without a verdict, which are in no rating.</summary>
    public required int Errored { get; init; }

    /// <summary>Why the first of them has none; null where all have one.</summary>
    public string? FirstError { get; init; }

    /// <summary>Documents of two runs that were left out, because they are not the same in both.</summary>
    public required int OtherDocuments { get; init; }

    /// <summary>Documents of two runs that were left out, because one has an error or no answer.</summary>
    public required int Unanswered { get; init; }

    /// <summary>What a reader of the ratings must know of the judge, as sentences.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}
