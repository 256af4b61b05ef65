namespace EvalHarness.Sandbox;

/// <summary>The limits of a session with a task author's Python.</summary>
internal sealed record CodeLimits
{
    /// <summary>The processor time of a function for one row, after which the row errs.</summary>
    public TimeSpan RowProcessorTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a session may take until it says how far it has come with rows, which it does every second.</summary>
    public TimeSpan Row { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long loading a file, a whole split or a single call may take.</summary>
    public TimeSpan Whole { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>
    /// What the processes of a session may use. Their processor time is not limited, because a session lives as long as a run; the two
    /// times above limit it.
    /// </summary>
    public ProgramLimits Session { get; init; } = new()
    {
        ProcessorTime = TimeSpan.Zero,
        Memory = 4L << 30,
        TotalMemory = 2L << 30,
    };
}
