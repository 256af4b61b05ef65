using EvalHarness.Results;
using EvalHarness.Scoring.Judging;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>The judge for tasks whose completions a model grades.</summary>
internal static class TaskJudge
{
    /// <returns>Null where no judge is named.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: it would have nothing to do.</exception>
    internal static RunJudge? Of(RunOptions options, TaskSelection selection)
    {
        if (options.Judge is not { } judge)
            return null;
        string? idle = options.PredictOnly ? "--predict-only grades nothing"
            : selection.Tasks.All(t => t.Judge is null) ? "no task of this run is graded by a model (grader: model_graded)"
            : null;
        return idle is null ? new RunJudge() : throw new EvalException(ExitCode.Usage, $"--judge {judge}: {idle}; leave it out");
    }

    /// <summary>Columns that a rubric cannot name, because something else has their name; one line for each.</summary>
    internal static IEnumerable<string> Warnings(TaskRun task)
    {
        if (task.Definition.Judge is not { } judge || task.Documents.Count == 0)
            return [];
        IReadOnlyDictionary<string, object?> columns = task.Documents.First().Document.Values;
        string[] own =
        [
            JudgeDefinition.OfCompletion, JudgeDefinition.OfGrades, JudgeDefinition.OfDocument,
            .. judge.HasReference ? [JudgeDefinition.OfReference] : (string[])[],
        ];
        TaskField?[] rubrics = [judge.Rubric, judge.Rewording, judge.System];
        IEnumerable<string> named = rubrics.OfType<TaskField>().SelectMany(JudgeDefinition.Names);
        return own.Where(named.Contains).Where(columns.ContainsKey).Select(name =>
            $"{judge.Rubric.Place}: {name} is not the column of that name, which is {JudgeDefinition.OfDocument}.{name}");
    }

    /// <summary>
    /// Asks about an empty completion of the first document in each form, so that a rubric that does not fit is found at once.
    /// </summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/> or <see cref="ExitCode.Data"/>: a rubric does not fit the task's documents.
    /// </exception>
    internal static void Check(TaskRun task)
    {
        if (task.Definition.Judge is not { } judge || task.Documents.Count == 0)
            return;
        NumberedDocument first = task.Documents.First();
        foreach (TaskField label in new[] { judge.Label, judge.Labelled }.OfType<TaskField>())
        {
            if (label.Column is { } column && !first.Document.Values.ContainsKey(column))
            {
                throw new EvalException(
                    ExitCode.Data,
                    $"{label.Place}: label and labelled are columns, and there is no column {column}; "
                    + $"there are {string.Join(", ", first.Document.Values.Keys)}");
            }
        }

        var questions = new JudgeQuestions(task.Definition, task.SamplingSeed);
        foreach (JudgeForm form in Enum.GetValues<JudgeForm>().Where(f => JudgeForms.IsAsked(f, judge)))
            _ = questions.Of(new JudgedCompletion(first.Id, first.Document, "", 0, ""), form, task.Definition.Name);
    }
}
