using System.Text.RegularExpressions;

namespace EvalHarness.Sandbox;

/// <summary>The JSON request that <c>box.py</c> reads for each program. Times are in seconds, sizes in bytes.</summary>
internal sealed partial record BoxRequest
{
    public required BoxLimits Limits { get; init; }

    public string? Source { get; init; }

    public IReadOnlyList<string>? Modules { get; init; }

    public IReadOnlyList<string>? Candidate { get; init; }

    public IReadOnlyList<string>? Command { get; init; }

    public IReadOnlyDictionary<string, byte[]>? Files { get; init; }

    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    public string? Input { get; init; }

    public bool Proc { get; init; }

    /// <summary>The Python source of a session, which takes over the box; then only its root and limits are set as well.</summary>
    public string? Session { get; init; }

    /// <summary>The folder of a session's task files, as the box sees it.</summary>
    public string? Root { get; init; }

    [GeneratedRegex(@"^\s*(import|from) numpy\b", RegexOptions.Multiline)]
    private static partial Regex NumpyImport();

    internal static BoxRequest Of(SandboxedProgram program, TimeSpan wallTime) => new()
    {
        Source = program.Source,
        Modules = NumpyImport().IsMatch(program.Tests) ? ["numpy"] : null,
        Candidate = program.Candidate,
        Command = program.Command,
        Files = program.Candidate is null ? program.Files : program.CandidateFiles,
        Environment = program.Environment,
        Input = program.Input,
        Proc = program.NeedsProc,
        Limits = BoxLimits.Of(program.Limits, wallTime),
    };
}

/// <summary>
/// The JSON that follows a request whose tests run in a process of their own. Only that process reads it, so that the program cannot find
/// its tests in the memory that it shares with the box.
/// </summary>
internal sealed record BoxTests(string Tests, IReadOnlyDictionary<string, byte[]>? Files)
{
    internal static BoxTests? Of(SandboxedProgram program) =>
        program.HasTester ? new BoxTests(program.Tests, program.Candidate is null ? null : program.Files) : null;
}

internal sealed record BoxLimits
{
    public required long Memory { get; init; }

    public required long Total { get; init; }

    public required long File { get; init; }

    public required long Disk { get; init; }

    public required int Inodes { get; init; }

    public required int Processes { get; init; }

    public required int Processor { get; init; }

    public required double Wall { get; init; }

    public required int Output { get; init; }

    /// <summary>The number of cores that the program may run on.</summary>
    public required int Cores { get; init; }

    internal static BoxLimits Of(ProgramLimits limits, TimeSpan wallTime) => new()
    {
        Memory = limits.Memory,
        Total = limits.TotalMemory,
        File = limits.FileSize,
        Disk = limits.Disk,
        Inodes = limits.Inodes,
        Processes = limits.Processes,
        Processor = (int)Math.Ceiling(limits.ProcessorTime.TotalSeconds),
        Wall = wallTime.TotalSeconds,
        Output = limits.Output,
        Cores = Environment.ProcessorCount,
    };
}

/// <summary>The JSON answer of <c>box.py</c> about one program.</summary>
/// <param name="Output">The program's standard output and error, cut at the limit.</param>
/// <param name="Verdict">
/// Lines of the processes that run no code of the program: "started" or "failed WHY" by the box, then one by the tester: "passed",
/// "assertion TEXT", "exception TEXT", "memory", "ended" if the program left, or "unusable TEXT" if the tests cannot run.
/// </param>
/// <param name="Status">
/// The exit status, as a shell reports it, of the program or its tests, whichever ended first; -1 if the box ended both at a limit.
/// </param>
/// <param name="Ended">The limit at which the box ended the program, "wall", "total" or "descriptors"; null if it did not.</param>
/// <param name="Processor">Processor time in seconds.</param>
/// <param name="Waited">
/// Seconds of its wall time that the program lost because other programs had the cores; null if the kernel does not count them.
/// </param>
/// <param name="Seconds">Wall time in seconds.</param>
/// <param name="Peak">The most memory in bytes that all processes of the program held at once.</param>
internal sealed record BoxAnswer(
    string Output, string Verdict, int Status, string? Ended, double Processor, double? Waited, double Seconds, long Peak)
{
    /// <summary>
    /// Whether the kernel ended a process of the program because the box's memory group was full. The box does not say this.
    /// </summary>
    public bool GroupWasFull { get; init; }
}
