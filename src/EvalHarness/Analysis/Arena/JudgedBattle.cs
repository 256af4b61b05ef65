using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Arena;

/// <summary>A battle that a judge was asked about.</summary>
internal sealed record JudgedBattle
{
    /// <summary>The task and the number of the document.</summary>
    public required string Document { get; init; }

    /// <summary>The model whose answer stood first.</summary>
    public required string ModelA { get; init; }

    public required string ModelB { get; init; }

    /// <summary>Null where there is no verdict.</summary>
    public required BattleOutcome? Outcome { get; init; }

    /// <summary>Why there is no verdict; null where there is one.</summary>
    public required string? Error { get; init; }

    public required string AnswerA { get; init; }

    public required string AnswerB { get; init; }

    internal ArenaBattle ToBattle() =>
        new(ModelA, ModelB, Outcome!.Value, Document, AnswerStyle.Of(AnswerA), AnswerStyle.Of(AnswerB));

    /// <summary>As a line of a file of verdicts.</summary>
    internal BattleLine ToLine() => new(
        Document,
        ModelA,
        ModelB,
        Outcome switch
        {
            BattleOutcome.First => "model_a",
            BattleOutcome.Second => "model_b",
            BattleOutcome.Tie => "tie",
            _ => null,
        },
        Error,
        AnswerA,
        AnswerB);
}

/// <summary>A line of <c>battles.jsonl</c>, which <see cref="BattleFile"/> reads, or of <c>errored.jsonl</c>.</summary>
internal sealed record BattleLine(
    string Document, string ModelA, string ModelB, string? Winner, string? Error, string AnswerA, string AnswerB);
