namespace EvalHarness.Sandbox;

/// <summary>What <c>box.py</c> reads. Seconds and bytes.</summary>
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
}

/// <param name="Output">Of the program, cut at its limit.</param>
/// <param name="Verdict">Lines of the box: "started", "failed WHY", or the token and what became of the program.</param>
/// <param name="Status">As a shell gives it; -1 where a limit ended it.</param>
/// <param name="Ended">"output", "wall" or "total" where a limit ended it.</param>
/// <param name="Processor">Seconds.</param>
/// <param name="Waited">Seconds; null where the kernel does not count them.</param>
/// <param name="Seconds">Of wall time.</param>
/// <param name="Peak">Bytes.</param>
internal sealed record BoxAnswer(string Output, string Verdict, int Status, string? Ended, double Processor, double? Waited, double Seconds, long Peak);
