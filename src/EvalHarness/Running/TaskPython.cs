using EvalHarness.Files;
using EvalHarness.Results;
using EvalHarness.Sandbox;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Code;

namespace EvalHarness.Running;

/// <summary>The tasks of a run with the Python of their authors, if the user allows it to run.</summary>
internal static class TaskPython
{
    /// <returns>What runs it; null where it is not allowed. No sandbox is started before the first function is loaded.</returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Environment"/>: there is no sandbox of that name, or it confines nothing and the user has not confirmed it.
    /// <see cref="ExitCode.Usage"/>: the seed is none of NumPy.
    /// </exception>
    internal static BoxedCode? Open(RunOptions options)
    {
        if (!options.AllowTaskCode)
            return null;
        if (Refusal(options) is { } refusal)
            throw new EvalException(ExitCode.Environment, refusal);
        var seeds = RunSeeds.Parse(options.Seed);
        if (seeds.OfNumPy is < 0 or > uint.MaxValue)
        {
            throw new EvalException(
                ExitCode.Usage, $"--seed {options.Seed}: with --allow-task-code the second one seeds NumPy; expected 0 to {uint.MaxValue}");
        }

        return new BoxedCode(
            BoxBackend.Named(options.Sandbox),
            new CodeSettings
            {
                RandomSeed = seeds.OfPython,
                NumPySeed = seeds.OfNumPy,
                IncludePaths = [.. options.IncludePaths.Where(Directory.Exists)],
            });
    }

    /// <summary>Why the Python of task files may not run where the user asks for it; null where it may.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Environment"/>: there is no sandbox of that name.</exception>
    internal static string? Refusal(RunOptions options) =>
        options is { AllowTaskCode: true, ConfirmRunUnsafeCode: false } && !BoxBackend.Named(options.Sandbox)[0].Confines
            ? $"--sandbox {options.Sandbox}: --allow-task-code would run the Python of task files with your own rights, files and network; "
                + "say --confirm-run-unsafe-code if that is meant, or choose another sandbox"
            : null;

    /// <summary>The tasks that the options can name.</summary>
    /// <param name="options">What the run is asked to do.</param>
    /// <param name="code">Runs the Python of task files; null where it is not allowed.</param>
    /// <param name="cancellationToken">Stops it, for as long as the tasks are used.</param>
    internal static TaskCatalog Catalog(RunOptions options, BoxedCode? code, CancellationToken cancellationToken) =>
        Catalog(options, code is null ? TaskCodeUse.Refused : TaskCodeUse.Allowed(code, cancellationToken));

    /// <summary>The tasks that the options can name, for commands that call no function of them.</summary>
    internal static TaskCatalog Described(RunOptions options) =>
        Catalog(options, options.AllowTaskCode ? TaskCodeUse.Described : TaskCodeUse.Refused);

    private static TaskCatalog Catalog(RunOptions options, TaskCodeUse use) =>
        TaskCatalog.Load(options.IncludePaths, options.GenerationSettings, options.Metadata, options.Repeats, use);

    /// <summary>What ran of the Python of some tasks so far, for the manifest; null where they have none that runs.</summary>
    internal static TaskCodeRecord? Record(BoxedCode? code, IEnumerable<TaskDefinition> tasks, RunOptions options)
    {
        FunctionReference[] functions = [.. tasks.SelectMany(t => t.BoxedFunctions).Distinct()];
        if (code is null || functions.Length == 0)
            return null;
        // Functions may have read more files while they ran than when they were loaded.
        code.CompleteRecord(functions);
        var seeds = RunSeeds.Parse(options.Seed);
        return new TaskCodeRecord
        {
            Python = code.Python ?? "",
            Shims = SessionSource.Hash,
            Packages = code.Record.Packages,
            Files = [.. code.Record.Files.Select(f => new TaskCodeFile(f.Name, f.Sha256))],
            RandomSeed = seeds.OfPython,
            NumPySeed = seeds.OfNumPy,
        };
    }

    /// <summary>
    /// Looks whether the Python of task files has read files that it had not read when the manifest was written, which therefore does not
    /// say what decided the numbers.
    /// </summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: it has.</exception>
    internal static void RequireKnown(TaskCodeRecord? before, TaskCodeRecord? now)
    {
        if (now?.Files.FirstOrDefault(f => before?.Files.Contains(f) != true) is { } late)
        {
            throw new EvalException(
                ExitCode.Task,
                $"{late.Name}: a task's Python read this file only after the first prompts were made, so that the manifest lacks it; have "
                + "the Python read it when it is loaded, and grade the answers that are there in a new run, with "
                + "--model replay:FOLDER/responses.jsonl");
        }
    }
}
