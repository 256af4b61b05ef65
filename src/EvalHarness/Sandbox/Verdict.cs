namespace EvalHarness.Sandbox;

/// <summary>Concludes from the box's answer how a program ended.</summary>
internal static class Verdict
{
    /// <summary>The exit status of a program that SIGXCPU ended, 128 plus the signal's number.</summary>
    private const int ProcessorTimeSignal = 152;

    internal static ProgramResult Of(BoxAnswer answer, SandboxedProgram program, TimeSpan wallTime)
    {
        (ProgramEnd end, string detail, string output) = Judge(answer, program, wallTime);
        return new ProgramResult(end, EvalException.OneLine(detail), output)
        {
            ExitStatus = answer.Status < 0 ? null : answer.Status,
            ProcessorTime = TimeSpan.FromSeconds(answer.Processor),
            WallTime = TimeSpan.FromSeconds(answer.Seconds),
            // If the kernel does not count the time, every program that exceeded its wall time gets a second run.
            Waited = answer.Waited is { } waited ? TimeSpan.FromSeconds(waited) : TimeSpan.MaxValue,
            PeakMemory = answer.Peak,
        };
    }

    private static (ProgramEnd End, string Detail, string Output) Judge(BoxAnswer answer, SandboxedProgram program, TimeSpan wallTime)
    {
        string[] lines = answer.Verdict.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.FirstOrDefault(l => l.StartsWith("failed", StringComparison.Ordinal)) is { } failure)
            return (ProgramEnd.CouldNotStart, failure, "");
        // Tests that cannot run may say so before the program has started.
        if (!lines.Contains("started") && !lines.Any(l => l.StartsWith("unusable", StringComparison.Ordinal)))
            return (ProgramEnd.CouldNotStart, "the box's child ended before the program began", "");
        if (answer.GroupWasFull)
        {
            string full = $"more than {BoxBackend.BoxMemory(program.Limits) >> 20} MiB with the box, its files and what the kernel holds";
            return (ProgramEnd.MemoryLimit, full, answer.Output);
        }

        switch (answer.Ended)
        {
            case "wall":
                string wall = FormattableString.Invariant($"more than {wallTime.TotalSeconds:0.#} s of wall time");
                return (ProgramEnd.TimeLimit, wall, answer.Output);
            case "total":
                return (ProgramEnd.MemoryLimit, $"more than {program.Limits.TotalMemory >> 20} MiB in all its processes", answer.Output);
            case "descriptors":
                return (ProgramEnd.MemoryLimit, "more than 256 sockets or 768 descriptors open in all its processes", answer.Output);
        }

        (string? said, string output) = program.HasTester
            ? (lines.LastOrDefault(l => l != "started" && !l.StartsWith("ended", StringComparison.Ordinal)), answer.Output)
            : Said(answer.Output, program.Token);
        if (said is not null && (program.HasTester || answer.Status == 0 || !said.StartsWith("passed", StringComparison.Ordinal)))
        {
            string[] parts = said.Split(' ', 2);
            ProgramEnd end = parts[0] switch
            {
                "passed" => ProgramEnd.Passed,
                "assertion" => ProgramEnd.FailedAssertion,
                "memory" => ProgramEnd.MemoryLimit,
                "unusable" => ProgramEnd.UnusableTests,
                _ => ProgramEnd.Exception,
            };
            return (end, parts.Length > 1 ? parts[1] : "", output);
        }

        // The kernel enforces the limit with a coarser clock than the one it reports times with, so a program may end a little early.
        double seconds = program.Limits.ProcessorTime.TotalSeconds;
        if (answer.Status > 128 && answer.Processor >= seconds * (answer.Status == ProcessorTimeSignal ? 0.5 : 0.95))
            return (ProgramEnd.TimeLimit, FormattableString.Invariant($"more than {seconds:0.#} s of processor time"), output);
        if (answer.Status < 0)
            return (ProgramEnd.Killed, "the first process of its namespaces ended, and the program with it", output);
        string last = output.TrimEnd().Split('\n')[^1].Trim();
        return answer.Status > 128
            ? (ProgramEnd.Killed, $"signal {answer.Status - 128}", output)
            : (ProgramEnd.Exited, $"status {answer.Status} before its last line{(last.Length > 0 ? ": " + Start(last) : "")}", output);
    }

    private static string Start(string line) => line.Length > 200 ? line[..200] : line;

    /// <summary>What follows the token in the last line that begins with it, and the text without that line.</summary>
    private static (string? Verdict, string Left) Said(string text, string token)
    {
        int mark = text.LastIndexOf("\n" + token + " ", StringComparison.Ordinal);
        if (mark < 0)
            return (null, text);
        int end = text.IndexOf('\n', mark + 1);
        string verdict = text[(mark + token.Length + 2)..(end < 0 ? text.Length : end)].TrimEnd();
        return (verdict, text[..mark] + (end < 0 ? "" : text[(end + 1)..]));
    }
}
