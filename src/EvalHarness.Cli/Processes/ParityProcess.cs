using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EvalHarness.Cli.Commands;
using EvalHarness.Files;
using EvalHarness.OnnxRuntimeGenAI.Parity;

namespace EvalHarness.Cli.Processes;

/// <summary>
/// Computes each side in a process of its own: the memory of a side is free before the other begins, one that crashes is said in a line,
/// and the base may be another build of the program.
/// </summary>
/// <param name="baseProgram">The build that computes the base; null for this one.</param>
internal sealed class ParityProcess(string? baseProgram)
{
    /// <summary>Implements <see cref="ParityRunner"/>.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the process crashed. <see cref="ExitCode.Environment"/>: the other build cannot do it. Else as the
    /// process itself says.
    /// </exception>
    internal ParityRows Compute(ParityJob job, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        string side = job.IsBase ? "base" : "candidate";
        (string input, string result) = ($"{job.RowFile}.job", $"{job.RowFile}.json");
        File.WriteAllText(input, JsonSerializer.Serialize(job, ResultsJson.Line));
        string? program = job.IsBase ? baseProgram : null;
        using Process child = Start([ParitySideCommand.Name, "--job", input, "--result", result], program);
        using CancellationTokenRegistration stop = cancellationToken.Register(() => ChildProgram.Stop(child));
        Task<string> errors = child.StandardError.ReadToEndAsync(CancellationToken.None);
        progress?.Report($"{side} on {job.Side.Device}: loading");
        int length = 0;
        while (child.StandardOutput.ReadLine() is { } line)
        {
            if (!int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int next))
                continue;
            length = next;
            progress?.Report($"{side} on {job.Side.Device}: {length} tokens");
        }

        child.WaitForExit();
        cancellationToken.ThrowIfCancellationRequested();
        bool crashed = ChildProgram.Crashed(child.ExitCode);
        if (!File.Exists(result) || (child.ExitCode != (int)ExitCode.Success && !crashed))
            throw Failed(job, side, program, child.ExitCode, errors.GetAwaiter().GetResult());
        ParityRows rows = Read(result, program);
        return crashed ? rows with { Ended = $"{Crash(child.ExitCode)}, at {length} tokens" } : rows;
    }

    private static ParityRows Read(string file, string? program)
    {
        try
        {
            return ResultsJson.Read<ParityRows>(File.ReadAllText(file));
        }
        catch (JsonException e) when (program is not null)
        {
            throw new EvalException(
                ExitCode.Environment,
                $"--base-program {program}: answers in another form ({EvalException.OneLine(e.Message)}); expected a build of a version "
                + "that is not far from this one",
                e);
        }
    }

    private static string Crash(int code) =>
        $"the system ended its process (code {code}): the native runtime crashed, or memory ran out";

    private static Process Start(string[] arguments, string? program)
    {
        try
        {
            return ChildProgram.Start(arguments, redirectError: true, program: program);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new EvalException(ExitCode.Environment, $"--base-program {program}: cannot be started: {e.Message}", e);
        }
    }

    private static EvalException Failed(ParityJob job, string side, string? program, int code, string error)
    {
        string said = error.TrimEnd().Split('\n')[^1];
        string where = $"the {side} ({job.Side.Folder} on {job.Side.Device})";
        if (ChildProgram.Crashed(code))
        {
            return new EvalException(
                ExitCode.Model,
                $"{where}: {Crash(code)}"
                + (said.Length > 0 ? $"; the last it said: {EvalException.OneLine(said)}" : ""));
        }

        const string prefix = "error: ";
        if (program is not null && (code == (int)ExitCode.Usage || !said.StartsWith(prefix, StringComparison.Ordinal)))
        {
            return new EvalException(
                ExitCode.Environment,
                $"--base-program {program}: did not compute the base (exit code {code}): {EvalException.OneLine(said)}; "
                + "expected a build of EvalHarness that knows 'parity'");
        }

        return said.StartsWith(prefix, StringComparison.Ordinal) && Enum.IsDefined((ExitCode)code)
            ? new EvalException((ExitCode)code, $"{where}: {said[prefix.Length..]}")
            : new EvalException(ExitCode.Model, $"{where}: ended with code {code}: {EvalException.OneLine(error)}");
    }
}
