namespace EvalHarness;

/// <summary>What the program's exit status says. The numbers are fixed; scripts may rely on them.</summary>
public enum ExitCode
{
    /// <summary>Everything asked for was done and no sample errored.</summary>
    Success = 0,

    /// <summary>A bug in EvalHarness; the stack trace is on standard error.</summary>
    Bug = 1,

    /// <summary>
    /// The command line, or a plan, rules or price file that it names, does not fit: unknown option or key, missing or contradictory value.
    /// </summary>
    Usage = 2,

    /// <summary>A task is unknown, or its definition is wrong.</summary>
    Task = 3,

    /// <summary>
    /// A dataset, or samples to import, are missing, corrupt, incomplete or refused; a dataset lacks a column; or a few-shot example does
    /// not fit its task.
    /// </summary>
    Data = 4,

    /// <summary>The model cannot be loaded or run as asked: missing folder, corrupt file, missing provider.</summary>
    Model = 5,

    /// <summary>
    /// The run finished and its files are written, but some samples errored and are counted apart. A row of which no prompt can be made is
    /// such a sample.
    /// </summary>
    SamplesErrored = 6,

    /// <summary>
    /// A result file cannot be written or read: read-only folder, full disk, a run folder that is in use, damaged, or another run's.
    /// </summary>
    Output = 7,

    /// <summary>Something that the task needs is missing here: interpreter, sandbox, permission to run code, plugin.</summary>
    Environment = 8,

    /// <summary>The run folder cannot be resumed: model, data, tasks or options differ.</summary>
    ResumeRefused = 9,

    /// <summary>What was to be compared cannot be: prompts, tokens or weights differ, or there is no task in common.</summary>
    Incomparable = 10,

    /// <summary>The gate found a regression.</summary>
    Regression = 11,

    /// <summary>The gate could not decide, and its rules say that this counts.</summary>
    Inconclusive = 12,

    /// <summary>A night ended with runs that did not finish, or parts of a submitted run failed and are not in the queue.</summary>
    NightIncomplete = 13,

    /// <summary>Another nightly run is at work in the same results folder, or parts of a submitted run still run or wait.</summary>
    AlreadyRunning = 14,

    /// <summary>The hub cannot be reached, refuses, or sends something else than it lists.</summary>
    Hub = 15,

    /// <summary>A measured score differs from the published one, by more than noise and rounding explain.</summary>
    NotReproduced = 16,

    /// <summary>The run has spent what <c>--max-cost</c> allows; what was answered is kept and can be resumed.</summary>
    BudgetReached = 17,

    /// <summary>The parts of a run cannot be joined: one is missing, there twice, not finished, damaged, or of another run.</summary>
    MergeRefused = 18,

    /// <summary>Two devices, builds or settings do not compute the same: rows lie outside the bound, or the device did not run.</summary>
    NotParity = 19,

    /// <summary>Stopped by Ctrl-C or SIGTERM; what was computed is kept and can be resumed.</summary>
    Interrupted = 130,
}
