using EvalHarness.Prompts;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>
/// Makes the prompts of a task's first documents before the model is loaded. A task that does not fit its data is found there; a later row
/// that does not fit is an errored sample, which a night survives. The few-shot examples of a small pool are checked for all documents,
/// because one that does not fit ends the run.
/// </summary>
internal static class FirstBlock
{
    /// <summary>The number of documents whose prompts are made.</summary>
    internal const int Size = 64;

    /// <param name="task">The task with its documents.</param>
    /// <param name="builder">Makes the task's prompts; none has been made yet.</param>
    /// <returns>The work of the whole task, estimated from its first documents.</returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/> or <see cref="ExitCode.Data"/>: the task fits none of the first documents, or not a few-shot example.
    /// </exception>
    internal static TaskWork Check(TaskRun task, PromptBuilder builder)
    {
        PreparedDocument[] block = [.. builder.Ahead(task.Documents.Take(Size)).Select(builder.Attempt)];
        if (block is [{ Failure: { } first }, ..] && block.All(d => d.Failure is not null))
        {
            string all = block.Length == 1 ? "" : $"; this is so for each of the first {block.Length} documents";
            throw new EvalException(first.ExitCode, first.Message + all, first);
        }

        builder.CheckExamples(Size);
        return TaskWork.Of(block, task.Documents.Count);
    }
}
