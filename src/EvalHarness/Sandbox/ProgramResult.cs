namespace EvalHarness.Sandbox;

/// <summary>Why a program ended.</summary>
public enum ProgramEnd
{
    /// <summary>It ran to its last line.</summary>
    Passed,

    /// <summary>An assertion did not hold.</summary>
    FailedAssertion,

    /// <summary>Any other exception, and what does not compile.</summary>
    Exception,

    /// <summary>Too much processor or wall time.</summary>
    TimeLimit,

    /// <summary>One of its processes wanted too much memory, or all together held too much.</summary>
    MemoryLimit,

    /// <summary>It wrote more than it may; the rest was not read.</summary>
    OutputLimit,

    /// <summary>It ended without reaching its last line, of itself: exit and its kin.</summary>
    Exited,

    /// <summary>A signal ended it: its own, or a crash of the interpreter.</summary>
    Killed,

    /// <summary>The sandbox or the interpreter did not start: says nothing about the program.</summary>
    CouldNotStart,
}

/// <param name="End">Why it ended.</param>
/// <param name="Detail">Exception and message, or what the sandbox said; one line, untrusted.</param>
/// <param name="Output">Standard output and error up to the limit: untrusted text.</param>
public sealed record ProgramResult(ProgramEnd End, string Detail, string Output)
{
    /// <summary>As a shell gives it: 0 to 255, 128 and the signal's number where one ended it; null where the sandbox did.</summary>
    public int? ExitStatus { get; init; }

    /// <summary>User and system time of its processes, of those apart that the sandbox ended.</summary>
    public TimeSpan ProcessorTime { get; init; }

    public TimeSpan WallTime { get; init; }

    /// <summary>How long its processes stood ready without a core, as far as the kernel was asked while they ran.</summary>
    public TimeSpan Waited { get; init; }

    /// <summary>It ran into its wall time, and for a good part of it the machine had no core for it: says nothing about the program.</summary>
    public bool WasStarved => End == ProgramEnd.TimeLimit && ExitStatus is null && Waited > WallTime * 0.1;

    /// <summary>Bytes that its processes held together at most.</summary>
    public long PeakMemory { get; init; }

    /// <summary>The machine was overloaded when it ran first; this is what came of running it again alone, with more wall time.</summary>
    public bool Retried { get; init; }
}

/// <summary>What a program may use. Bytes unless it says otherwise.</summary>
public sealed record ProgramLimits
{
    /// <summary>Of one process; whole seconds count, rounded up.</summary>
    public TimeSpan ProcessorTime { get; init; } = TimeSpan.FromSeconds(3);

    public TimeSpan WallTime { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Addresses of one process; 0 for runtimes that reserve more than they use, where <see cref="TotalMemory"/> alone counts.</summary>
    public long Memory { get; init; } = 1L << 30;

    /// <summary>What all its processes hold together, looked at every 10 ms. The temporary folder comes on top.</summary>
    public long TotalMemory { get; init; } = 1L << 30;

    /// <summary>Of one file.</summary>
    public long FileSize { get; init; } = 16 << 20;

    /// <summary>The temporary folder.</summary>
    public long Disk { get; init; } = 64 << 20;

    /// <summary>Files and folders in it.</summary>
    public int Inodes { get; init; } = 4096;

    /// <summary>Processes and threads.</summary>
    public int Processes { get; init; } = 32;

    /// <summary>Standard output and error together.</summary>
    public int Output { get; init; } = 1 << 16;
}
