namespace EvalHarness.Sandbox;

/// <summary>The JSON request that <c>box.py</c> reads for each program. Times are in seconds, sizes in bytes.</summary>
internal sealed record BoxRequest
{
    public required string Token { get; init; }

    public required BoxLimits Limits { get; init; }

    public string? Source { get; init; }

    public IReadOnlyList<string>? Command { get; init; }

    public IReadOnlyDictionary<string, string>? Files { get; init; }

    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    public string? Input { get; init; }

    public bool Proc { get; init; }

    internal static BoxRequest Of(SandboxedProgram program, TimeSpan wallTime) => new()
    {
        Token = program.Token,
        Source = program.Source,
        Command = program.Command,
        Files = program.Files,
        Environment = program.Environment,
        Input = program.Input,
        Proc = program.NeedsProc,
        Limits = new BoxLimits
        {
            Memory = program.Limits.Memory,
            Total = program.Limits.TotalMemory,
            File = program.Limits.FileSize,
            Disk = program.Limits.Disk,
            Inodes = program.Limits.Inodes,
            Processes = program.Limits.Processes,
            Processor = (int)Math.Ceiling(program.Limits.ProcessorTime.TotalSeconds),
            Wall = wallTime.TotalSeconds,
            Output = program.Limits.Output,
            Cores = System.Environment.ProcessorCount,
        },
    };
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
}

/// <summary>The JSON answer of <c>box.py</c> about one program.</summary>
/// <param name="Output">The program's standard output and error, cut at the limit.</param>
/// <param name="Verdict">Lines of the box: "started", "failed WHY", or the token followed by how the program ended.</param>
/// <param name="Status">The exit status as a shell reports it; -1 if the box ended the program at a limit.</param>
/// <param name="Ended">
/// The limit at which the box ended the program, "output", "wall", "total" or "descriptors"; null if it did not.
/// </param>
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
