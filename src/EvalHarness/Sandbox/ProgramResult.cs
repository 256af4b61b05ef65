namespace EvalHarness.Sandbox;

/// <summary>Why a program ended.</summary>
internal enum ProgramEnd
{
    /// <summary>It ran to its last line, and its tests to theirs.</summary>
    Passed,

    /// <summary>An assertion did not hold.</summary>
    FailedAssertion,

    /// <summary>It threw another exception, or did not compile.</summary>
    Exception,

    /// <summary>It used more processor time or wall time than allowed.</summary>
    TimeLimit,

    /// <summary>One of its processes requested too much memory, or all of them, or the kernel for them, held too much.</summary>
    MemoryLimit,

    /// <summary>It ended itself before its last line, for example by calling exit.</summary>
    Exited,

    /// <summary>A signal ended it, for example because it killed itself or the interpreter crashed.</summary>
    Killed,

    /// <summary>The tests cannot run here, for example because they do not compile. This says nothing about the program.</summary>
    UnusableTests,

    /// <summary>The sandbox or the interpreter did not start. This says nothing about the program.</summary>
    CouldNotStart,
}

/// <summary>How a program ended, what it wrote and what it used.</summary>
/// <param name="End">Why it ended.</param>
/// <param name="Detail">One line with an exception and its message, or with a message of the sandbox. It is untrusted text.</param>
/// <param name="Output">Standard output and error, cut at the limit. This is untrusted text.</param>
internal sealed record ProgramResult(ProgramEnd End, string Detail, string Output)
{
    /// <summary>
    /// The exit status from 0 to 255, as a shell reports it: 128 plus the signal's number if a signal ended the program. Null if the
    /// sandbox ended it.
    /// </summary>
    public int? ExitStatus { get; init; }

    /// <summary>User and system time of the program's processes, without those that the sandbox had to end.</summary>
    public TimeSpan ProcessorTime { get; init; }

    public TimeSpan WallTime { get; init; }

    /// <summary>
    /// How much of its wall time the program lost because other programs had the cores. Time for which its own processes kept each other
    /// waiting does not count.
    /// </summary>
    public TimeSpan Waited { get; init; }

    /// <summary>
    /// Whether the program exceeded its wall time after other programs had taken more than a tenth of that time from it. Such a result says
    /// nothing about the program.
    /// </summary>
    public bool WasStarved => End == ProgramEnd.TimeLimit && ExitStatus is null && Waited > WallTime * 0.1;

    /// <summary>The most bytes that all processes of the program held at once.</summary>
    public long PeakMemory { get; init; }

    /// <summary>
    /// Whether this is the result of a second run, alone and with more wall time, because the machine was overloaded during the first one.
    /// </summary>
    public bool Retried { get; init; }
}

/// <summary>The limits of what a program may use. Sizes are in bytes.</summary>
internal sealed record ProgramLimits
{
    /// <summary>The processor time of one process, which is rounded up to whole seconds; 0 for no limit.</summary>
    public TimeSpan ProcessorTime { get; init; } = TimeSpan.FromSeconds(3);

    public TimeSpan WallTime { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// The address space of one process. It is 0, for no limit, for runtimes that reserve more than they use; then only
    /// <see cref="TotalMemory"/> limits their memory.
    /// </summary>
    public long Memory { get; init; } = 1L << 30;

    /// <summary>The memory of all processes together, checked every 10 ms. The temporary folder is not included.</summary>
    public long TotalMemory { get; init; } = 1L << 30;

    /// <summary>The size of one file.</summary>
    public long FileSize { get; init; } = 16 << 20;

    /// <summary>The size of the temporary folder.</summary>
    public long Disk { get; init; } = 64 << 20;

    /// <summary>The number of files and folders in the temporary folder.</summary>
    public int Inodes { get; init; } = 4096;

    /// <summary>The number of processes and threads.</summary>
    public int Processes { get; init; } = 32;

    /// <summary>The size of standard output and error together that is kept; what follows is dropped.</summary>
    public int Output { get; init; } = 1 << 16;
}
