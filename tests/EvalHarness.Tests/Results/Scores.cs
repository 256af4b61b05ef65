using EvalHarness.Results;

namespace EvalHarness.Tests.Results;

/// <summary>Scores of rows that tests make.</summary>
internal static class Scores
{
    /// <param name="scores">By "METRIC,FILTER", as a grader gives them.</param>
    internal static IReadOnlyList<SampleScore> Of(params (string Key, object? Score)[] scores) =>
        [.. scores.Select(s => SampleScore.Of(s.Key.Split(',')[0], s.Key.Split(',')[1], s.Score))];
}
