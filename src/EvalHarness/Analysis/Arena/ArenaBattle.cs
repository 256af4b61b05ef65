using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Arena;

/// <summary>A battle of two models: which of two answers somebody, or a judge, called the better one.</summary>
/// <param name="ModelA">The name of the first model.</param>
/// <param name="ModelB">The name of another one.</param>
/// <param name="Outcome">Which won; <see cref="BattleOutcome.First"/> is <paramref name="ModelA"/>.</param>
/// <param name="Document">What battles have in common that are not independent, such as their question; null where it is not known.</param>
/// <param name="StyleA">How the first model's answer looks; null where nobody asked.</param>
/// <param name="StyleB">How the second model's answer looks.</param>
internal readonly record struct ArenaBattle(
    string ModelA, string ModelB, BattleOutcome Outcome, string? Document, AnswerStyle? StyleA, AnswerStyle? StyleB);
