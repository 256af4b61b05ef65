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
        TaskDefinition[] tasks = RunningCode(options, selection);
        if (tasks.Length == 0)
            return null;
        if (Refusal(options, selection) is { } refusal)
            throw new EvalException(ExitCode.Environment, refusal);
        Language[] languages = [.. tasks.Select(CodeExecutionGrader.LanguageOf).Distinct()];
        return await ProgramSandbox.OpenAsync(options.Sandbox, languages, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Why code may not be run that a task wants to run; null where it may, and where no task does.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Environment"/>: there is no sandbox of that name.</exception>
    internal static string? Refusal(RunOptions options, TaskSelection selection)
    {
        if (selection.Tasks.Any(t => t.BoxedCalls.Count > 0) && TaskPython.Refusal(options) is { } unsafeCode)
            return unsafeCode;
        if (RunningCode(options, selection) is not [{ Name: var task }, ..])
            return null;
        bool confines = BoxBackend.Named(options.Sandbox)[0].Confines;
        return (confines, options) switch
        {
            (false, { ConfirmRunUnsafeCode: false }) =>
                $"--sandbox {options.Sandbox}: task {task} would run what the model wrote with your own rights, "
                + "files and network; say --confirm-run-unsafe-code if that is meant, or choose another sandbox",
            (true, { AllowCodeExecution: false }) =>
                $"task {task} runs code that the model wrote; allow it with --allow-code-execution "
                + "(each program runs without network, in a temporary folder, under limits), or leave the task out",
            _ => null,
        };
    }

    private static TaskDefinition[] RunningCode(RunOptions options, TaskSelection selection) =>
        options.PredictOnly ? [] : [.. selection.Tasks.Where(t => t.RunsCode)];
}
