using EvalHarness.Tasks;

namespace EvalHarness.Scoring.Judging;

/// <summary>What the votes on one completion come to.</summary>
/// <param name="Score">Null where a vote has no grade.</param>
/// <param name="Problem">Why a vote has none; null where all have.</param>
/// <param name="Grades">The names of the grades, vote by vote, as far as there are any.</param>
internal readonly record struct JudgedScore(double? Score, string? Problem, IReadOnlyList<string> Grades)
{
    /// <summary>
    /// The grade that most votes give counts. Where several have as many, the mean of what they count does, because the votes decide for
    /// none of them. A completion of which one vote has no grade has no score: the votes that are left would be chosen by what they say.
    /// </summary>
    /// <param name="votes">At least one.</param>
    internal static JudgedScore Of(IReadOnlyList<JudgeVerdict> votes)
    {
        JudgeGrade[] grades = [.. votes.Select(v => v.Grade).OfType<JudgeGrade>()];
        string[] names = [.. grades.Select(g => g.Name)];
        if (votes.Select(v => v.Problem).FirstOrDefault(p => p is not null) is { } problem)
            return new JudgedScore(null, problem, names);
        IGrouping<JudgeGrade, JudgeGrade>[] counted = [.. grades.GroupBy(g => g)];
        int most = counted.Max(g => g.Count());
        return new JudgedScore(counted.Where(g => g.Count() == most).Average(g => g.Key.Score), null, names);
    }
}
