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
        var questions = new JudgeQuestions(task.Definition, task.SamplingSeed);
        foreach (JudgeForm form in Enum.GetValues<JudgeForm>().Where(f => JudgeForms.IsAsked(f, judge)))
            _ = questions.Of(new JudgedCompletion(first.Id, first.Document, "", 0, ""), form, task.Definition.Name);
    }
}
