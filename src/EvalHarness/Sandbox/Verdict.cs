namespace EvalHarness.Sandbox;

/// <summary>What the box's answer says about a program.</summary>
internal static class Verdict
{
    /// <summary>128 + SIGXCPU, as a shell reports it.</summary>
    private const int ProcessorTimeSignal = 152;

    internal static ProgramResult Of(BoxAnswer answer, SandboxedProgram program, TimeSpan wallTime)
    {
        (ProgramEnd end, string detail, string output) = Judge(answer, program, wallTime);
        return new ProgramResult(end, EvalException.OneLine(detail), output)
        {
            ExitStatus = answer.Status < 0 ? null : answer.Status,
            ProcessorTime = TimeSpan.FromSeconds(answer.Processor),
            WallTime = TimeSpan.FromSeconds(answer.Seconds),
            // Not known is as bad as long: then a program that ran into its wall time has a second try.
            Waited = answer.Waited is { } waited ? TimeSpan.FromSeconds(waited) : TimeSpan.MaxValue,
            PeakMemory = answer.Peak,
        };
    }

    private static (ProgramEnd End, string Detail, string Output) Judge(BoxAnswer answer, SandboxedProgram program, TimeSpan wallTime)
    {
        string first = answer.Verdict.Split('\n')[0];
        if (program.Source is not null ? first != "started" : first.StartsWith("failed", StringComparison.Ordinal))
            return (ProgramEnd.CouldNotStart, first.Length > 0 ? first : "the box's child ended before the program began", "");
        switch (answer.Ended)
        {
            case "output":
                return (ProgramEnd.OutputLimit, $"more than {program.Limits.Output} bytes", answer.Output);
            case "wall":
                return (ProgramEnd.TimeLimit, FormattableString.Invariant($"more than {wallTime.TotalSeconds:0.#} s of wall time"), answer.Output);
            case "total":
                return (ProgramEnd.MemoryLimit, $"more than {program.Limits.TotalMemory >> 20} MiB in all its processes", answer.Output);
        }

        (string? said, string output) = program.Source is not null ? (Said(answer.Verdict, program.Token).Verdict, answer.Output) : Said(answer.Output, program.Token);
        if (said is not null && (program.Source is not null || answer.Status == 0 || !said.StartsWith("passed", StringComparison.Ordinal)))
        {
            string[] parts = said.Split(' ', 2);
            ProgramEnd end = parts[0] switch
            {
                "passed" => ProgramEnd.Passed,
                "assertion" => ProgramEnd.FailedAssertion,
                "memory" => ProgramEnd.MemoryLimit,
                _ => ProgramEnd.Exception,
            };
            return (end, parts.Length > 1 ? parts[1] : "", output);
        }

        // The kernel's clock for this limit is coarser than the one that counts.
        if (answer.Status > 128 && answer.Processor >= program.Limits.ProcessorTime.TotalSeconds * (answer.Status == ProcessorTimeSignal ? 0.5 : 0.95))
            return (ProgramEnd.TimeLimit, FormattableString.Invariant($"more than {program.Limits.ProcessorTime.TotalSeconds:0.#} s of processor time"), output);
        if (answer.Status < 0)
            return (ProgramEnd.Killed, "with the first process of its namespaces", output);
        string last = output.TrimEnd().Split('\n')[^1].Trim();
        return answer.Status > 128
            ? (ProgramEnd.Killed, $"signal {answer.Status - 128}", output)
            : (ProgramEnd.Exited, $"status {answer.Status} before its last line{(last.Length > 0 ? ": " + (last.Length > 200 ? last[..200] : last) : "")}", output);
    }

    /// <summary>The last line that begins with the token, and the text without it.</summary>
    private static (string? Verdict, string Left) Said(string text, string token)
    {
        int mark = text.LastIndexOf("\n" + token + " ", StringComparison.Ordinal);
        if (mark < 0)
            return (null, text);
        int end = text.IndexOf('\n', mark + 1);
        return (text[(mark + token.Length + 2)..(end < 0 ? text.Length : end)].TrimEnd(), text[..mark] + (end < 0 ? "" : text[(end + 1)..]));
    }
}
