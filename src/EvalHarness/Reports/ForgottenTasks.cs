using System.Globalization;
using EvalHarness.Analysis.Comparing;

namespace EvalHarness.Reports;

/// <summary>The tasks on which a model is significantly worse with an adapter than without it.</summary>
internal static class ForgottenTasks
{
    /// <summary>Of the p-value that is raised for the number of tests (Holm).</summary>
    private const double Level = 0.05;

    /// <summary>One line; null where the candidate is not the base with an adapter.</summary>
    internal static string? Line(Comparison comparison)
    {
        if (comparison.Candidate.Adapter is null
            || !comparison.Candidate.Model.StartsWith($"{comparison.Base.Model}+", StringComparison.Ordinal))
            return null;
        ComparedScore[] tested = [.. comparison.Scores.Where(s => s is { IsGroup: false, AdjustedP: not null })];
        ComparedScore[] lost = [.. tested.Where(s => s.AdjustedP <= Level && (s.HigherIsBetter ? s.Difference < 0 : s.Difference > 0))];
        string said = tested.Length == 0 ? "not known, because no score could be tested"
            : lost.Length == 0 ? "nothing that these samples show (on no task is p Holm at most 0.05 and the score worse)"
            : string.Join(", ", lost.Select(s => $"{Name(s, tested)} ({Difference(s)})"));
        return $"{comparison.Candidate.Model} forgot: {said}";
    }

    /// <summary>The task, and which of its scores where there are several.</summary>
    private static string Name(ComparedScore score, ComparedScore[] tested) =>
        tested.Count(s => s.Task == score.Task) == 1 ? score.Task : $"{score.Task} {score.Metric},{score.Filter}";

    /// <summary>With its 95% interval; in points where samples are right or wrong.</summary>
    private static string Difference(ComparedScore score)
    {
        bool isShare = score.Flips is not null;
        string Text(double value) => isShare
            ? (100 * value).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture)
            : value.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture);
        string interval = score.Interval is { } bounds ? $" [{Text(bounds.Low)}, {Text(bounds.High)}]" : "";
        return $"{Text(score.Difference)}{(isShare ? " points" : "")}{interval}";
    }
}
