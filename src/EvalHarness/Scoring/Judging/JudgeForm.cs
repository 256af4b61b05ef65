using EvalHarness.Tasks;

namespace EvalHarness.Scoring.Judging;

/// <summary>In which form a judge is asked about a completion. All but the first are for the judge's card.</summary>
internal enum JudgeForm
{
    /// <summary>As the task says. This grade is the score.</summary>
    Asked,

    /// <summary>The names of the grades in the opposite order.</summary>
    OtherOrder,

    /// <summary>In other words.</summary>
    OtherWording,

    /// <summary>The completion twice, one behind the other: longer, and no better.</summary>
    Repeated,
}

/// <summary>What the forms are called.</summary>
internal static class JudgeForms
{
    /// <summary>The forms of the judge's card.</summary>
    internal static IReadOnlyList<JudgeForm> OfCard { get; } = [JudgeForm.OtherOrder, JudgeForm.OtherWording, JudgeForm.Repeated];

    /// <summary>Whether the judge of a task can be asked in the form.</summary>
    internal static bool IsAsked(JudgeForm form, JudgeDefinition judge) => form switch
    {
        JudgeForm.OtherOrder => judge.ListsGrades,
        JudgeForm.OtherWording => judge.Rewording is not null,
        _ => true,
    };

    /// <summary>The name in samples, of the score that a document has in the form.</summary>
    internal static string Metric(JudgeForm form, string score) => form switch
    {
        JudgeForm.Asked => score,
        JudgeForm.OtherOrder => $"{score}_other_order",
        JudgeForm.OtherWording => $"{score}_other_wording",
        _ => $"{score}_repeated",
    };

    /// <summary>The name in samples, of what a person's grade of the completion counts.</summary>
    internal static string LabelMetric(string score) => $"{score}_label";

    /// <summary>The name of the task under which the judge's answers stand in its journal.</summary>
    /// <param name="form">How it is asked.</param>
    /// <param name="task">The name of the task that is graded.</param>
    /// <param name="filter">The name of the filter pipeline.</param>
    internal static string JournalTask(JudgeForm form, string task, string filter)
    {
        string graded = filter == "none" ? task : $"{task},{filter}";
        return form switch
        {
            JudgeForm.Asked => graded,
            JudgeForm.OtherOrder => $"{graded} (other order)",
            JudgeForm.OtherWording => $"{graded} (other wording)",
            _ => $"{graded} (repeated)",
        };
    }
}
