using EvalHarness.Results;
using EvalHarness.Sandbox;
using EvalHarness.Scoring;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>The sandbox for tasks that run code that the model wrote, if the user allows it.</summary>
internal static class TaskSandbox
{
    /// <returns>Null if no task runs code, or nothing is graded.</returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Environment"/>: the user has not allowed it, or no sandbox works here.
    /// </exception>
    internal static async Task<ProgramSandbox?> OpenAsync(RunOptions options, TaskSelection selection, CancellationToken cancellationToken)
    {
        TaskDefinition[] tasks = [.. selection.Tasks.Where(t => t.RunsCode)];
        if (tasks.Length == 0 || options.PredictOnly)
            return null;
        bool confines = BoxBackend.Named(options.Sandbox)[0].Confines;
        if (!confines && !options.ConfirmRunUnsafeCode)
        {
            throw new EvalException(
                ExitCode.Environment,
                $"--sandbox {options.Sandbox}: task {tasks[0].Name} would run what the model wrote with your own rights, "
                + "files and network; say --confirm-run-unsafe-code if that is meant, or choose another sandbox");
        }

        if (confines && !options.AllowCodeExecution)
        {
            throw new EvalException(
                ExitCode.Environment,
                $"task {tasks[0].Name} runs code that the model wrote; allow it with --allow-code-execution "
                + "(each program runs without network, in a temporary folder, under limits), or leave the task out");
        }

        Language[] languages = [.. tasks.Select(CodeExecutionGrader.LanguageOf).Distinct()];
        return await ProgramSandbox.OpenAsync(options.Sandbox, languages, cancellationToken).ConfigureAwait(false);
    }
}
