using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Arena;

/// <summary>What battles say of models: <c>arena.json</c>.</summary>
internal sealed record ArenaStandings
{
    public required long Battles { get; init; }

    public required long Ties { get; init; }

    /// <summary>The number of documents on which battles are not independent; null where battles have none.</summary>
    public required long? Documents { get; init; }

    /// <summary>Whether ratings are those of the penalized likelihood, because no finite ones are the most likely.</summary>
    public required bool IsPenalized { get; init; }

    /// <summary>The seed of the draws for the sets of ranks.</summary>
    public required int Seed { get; init; }

    /// <summary>The models, the best rating first.</summary>
    public required IReadOnlyList<ArenaModel> Models { get; init; }

    /// <summary>The effects of the controls that were used; empty for ratings of the verdicts as they are.</summary>
    public required IReadOnlyList<ArenaEffect> Effects { get; init; }

    /// <summary>Each two models that met, in the order of <see cref="Models"/>.</summary>
    public required IReadOnlyList<ArenaPair> Pairs { get; init; }

    /// <summary>What a reader of the ratings must know, as sentences.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>How far the judge can be trusted; null where the verdicts are those of a file.</summary>
    public PairJudgeCard? Judge { get; init; }
}

/// <summary>A model's rating.</summary>
internal sealed record ArenaModel
{
    public required string Model { get; init; }

    /// <summary>On the scale of Elo, on which 400 points more are ten times the odds; the mean of all models is 1,000.</summary>
    public required double Rating { get; init; }

    /// <summary>The 95% interval of the rating.</summary>
    public required Interval RatingInterval { get; init; }

    /// <summary>The best rank that the model can have, from 1; the ranks of all models hold together with 95%.</summary>
    public required int BestRank { get; init; }

    /// <summary>The worst rank that it can have.</summary>
    public required int WorstRank { get; init; }

    public required long Battles { get; init; }

    public required long Wins { get; init; }

    public required long Losses { get; init; }

    public required long Ties { get; init; }

    /// <summary>The share of its battles that it won, a tie being half a win.</summary>
    public required double WinShare { get; init; }
}

/// <summary>How far an answer's looks change who wins.</summary>
internal sealed record ArenaEffect
{
    public required string Control { get; init; }

    /// <summary>By how many points of rating a typical difference in this control, in favour of a model, lifts it.</summary>
    public required double Effect { get; init; }

    /// <summary>The 95% interval of the effect.</summary>
    public required Interval EffectInterval { get; init; }

    /// <summary>What a typical difference is: the root mean square of (a - b) / (a + b).</summary>
    public required double Difference { get; init; }
}

/// <summary>The battles of two models.</summary>
internal sealed record ArenaPair
{
    public required string Model { get; init; }

    public required string Other { get; init; }

    public required long Battles { get; init; }

    /// <summary>Battles that <see cref="Model"/> won.</summary>
    public required long Wins { get; init; }

    /// <summary>Battles that <see cref="Other"/> won.</summary>
    public required long Losses { get; init; }

    public required long Ties { get; init; }
}
