namespace EvalHarness.Sandbox;

/// <summary>Why a program ended.</summary>
public enum ProgramEnd
{
    /// <summary>It ran to its last line.</summary>
    Passed,

    /// <summary>An assertion did not hold.</summary>
    FailedAssertion,

    /// <summary>Any other exception, syntax errors included.</summary>
    Exception,

    /// <summary>Too much processor or wall time.</summary>
    TimeLimit,

    MemoryLimit,

    /// <summary>It wrote more than it may; the rest was not read.</summary>
    OutputLimit,

    /// <summary>It ended without reaching its last line: exit, signal, crash of the interpreter.</summary>
    Exited,

    /// <summary>The sandbox or the interpreter did not start: says nothing about the program.</summary>
    CouldNotStart,
}

/// <param name="End">Why it ended.</param>
/// <param name="Detail">Exception and message, or what the sandbox said; one line.</param>
/// <param name="Output">Standard output up to the limit: untrusted text.</param>
public sealed record ProgramResult(ProgramEnd End, string Detail, string Output);

public sealed record ProgramLimits
{
    public TimeSpan ProcessorTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longer than the processor time, so that a loaded machine fails no program; ends one that sleeps.</summary>
    public TimeSpan WallTime { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Address space, bytes.</summary>
    public long Memory { get; init; } = 1L << 30;

    /// <summary>Characters of standard output.</summary>
    public int Output { get; init; } = 1 << 16;
}
