using EvalHarness.Files;
using EvalHarness.Tasks.Code;

namespace EvalHarness.Tasks;

/// <summary>What becomes of the Python functions of task files that have no equivalent here.</summary>
internal sealed class TaskCodeUse
{
    private TaskCodeUse(ITaskCode? code, bool runs, CancellationToken cancellationToken) =>
        (Code, Runs, CancellationToken) = (code, runs, cancellationToken);

    /// <summary>A task with such a function has no definition.</summary>
    internal static TaskCodeUse Refused { get; } = new(null, runs: false, CancellationToken.None);

    /// <summary>A task with such a function is defined, for commands that call none: whoever calls it is refused.</summary>
    internal static TaskCodeUse Described { get; } = new(new RefusedCode(), runs: false, CancellationToken.None);

    /// <summary>Such functions run.</summary>
    /// <param name="code">Runs them.</param>
    /// <param name="cancellationToken">Stops between rows, for as long as the tasks are used.</param>
    internal static TaskCodeUse Allowed(ITaskCode code, CancellationToken cancellationToken) => new(code, runs: true, cancellationToken);

    /// <summary>What such functions are bound to; null where they are refused.</summary>
    internal ITaskCode? Code { get; }

    /// <summary>Whether they run, so that they are loaded with the definition.</summary>
    internal bool Runs { get; }

    internal CancellationToken CancellationToken { get; }

    /// <summary>The refusal of a function.</summary>
    /// <param name="function">The function.</param>
    /// <param name="place">The file, line and key that name it; null where that is not known any more.</param>
    internal static EvalException Refusal(FunctionReference function, string? place) => new(
        ExitCode.Task,
        $"{(place is null ? "" : $"{place}: ")}{function} is Python ({function.Module}) without an equivalent here; allow it with "
        + "--allow-task-code (it runs in a sandbox, without network), or leave the task out");
}
