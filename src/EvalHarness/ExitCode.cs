namespace EvalHarness;

/// <summary>What the program's exit status says. The numbers are fixed; scripts may rely on them.</summary>
public enum ExitCode
{
    /// <summary>Everything asked for was done and no sample errored.</summary>
    Success = 0,

    /// <summary>A bug in EvalHarness; the stack trace is on standard error.</summary>
    Bug = 1,

    /// <summary>The command line does not fit: unknown option, missing or contradictory value.</summary>
    Usage = 2,

    /// <summary>A task is unknown, or its definition is wrong.</summary>
    Task = 3,

    /// <summary>A dataset is missing, corrupt, empty or lacks a column.</summary>
    Data = 4,

    /// <summary>The model cannot be loaded or run as asked: missing folder, corrupt file, missing provider.</summary>
    Model = 5,

    /// <summary>The run finished and its files are written, but some samples errored and are counted apart.</summary>
    SamplesErrored = 6,

    /// <summary>A result file cannot be written or read: read-only folder, full disk, damaged run folder.</summary>
    Output = 7,

    /// <summary>Something that the task needs is missing here: interpreter, sandbox, permission to run code, plugin.</summary>
    Environment = 8,

    /// <summary>The run folder cannot be resumed: model, data, tasks or options differ.</summary>
    ResumeRefused = 9,

    /// <summary>The runs cannot be compared: their prompts differ, or they have no task in common.</summary>
    Incomparable = 10,

    /// <summary>Stopped by Ctrl-C or SIGTERM; what was computed is kept and can be resumed.</summary>
    Interrupted = 130,
}
