using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace EvalHarness.Cli.Processes;

/// <summary>This program once more, in a process of its own.</summary>
internal static partial class ChildProgram
{
    private const int Terminate = 15;

    /// <summary>
    /// How this program is started once more: an installed tool is a program of its own, and elsewhere dotnet runs the assembly.
    /// </summary>
    internal static IReadOnlyList<string> Command { get; } = CommandOf(Environment.ProcessPath!, typeof(Program).Assembly);

    /// <summary>Whether an exit code is the system's: a signal's on Unix (128 and its number), an exception's on Windows.</summary>
    internal static bool Crashed(int exitCode) => exitCode is < 0 or > (int)ExitCode.Interrupted;

    /// <summary>A run that the system ended, in words.</summary>
    internal static EvalException Crash(string run, int code) =>
        new(
            ExitCode.Model,
            $"{run}: the system ended the run (code {code}): the native runtime crashed, or memory ran out; "
            + $"continue this one with: {Invocation.Command} run --resume {run}");

    /// <summary>
    /// Waits for its end, also where it is told to stop: it finishes what it writes. Standard error is left to it where it is the
    /// terminal's, so that it shows progress there.
    /// </summary>
    /// <returns>Its exit code.</returns>
    internal static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        bool own = ReferenceEquals(error, Console.Error);
        using Process child = Start(arguments, redirectError: !own);
        using CancellationTokenRegistration stop = cancellationToken.Register(() => Stop(child));
        Task errors = own ? Task.CompletedTask : CopyAsync(child.StandardError, error);
        await Task.WhenAll(CopyAsync(child.StandardOutput, output), errors).ConfigureAwait(false);
        await child.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        return child.ExitCode;
    }

    /// <summary>Its standard input is a pipe that ends when this process does, however it ends; see <see cref="ParentWatch"/>.</summary>
    /// <param name="arguments">Of the program.</param>
    /// <param name="redirectError">Whether this process reads what it writes to standard error.</param>
    /// <param name="readsProgress">Whether it says every second how far it is; see <see cref="ProgressLine"/>.</param>
    /// <param name="program">Another build of the program, an executable or an assembly; null for this one.</param>
    internal static Process Start(
        IReadOnlyList<string> arguments, bool redirectError, bool readsProgress = false, string? program = null)
    {
        IReadOnlyList<string> command = program is null ? Command
            : Path.GetExtension(program) == ".dll" ? ["dotnet", program]
            : [program];
        var start = new ProcessStartInfo(command[0], [.. command.Skip(1), .. arguments]);
        start.RedirectStandardInput = start.RedirectStandardOutput = true;
        start.RedirectStandardError = redirectError;
        start.Environment[ParentWatch.Variable] = "1";
        start.Environment.Remove(ProgressLine.Variable);
        if (readsProgress)
            start.Environment[ProgressLine.Variable] = "1";
        return Process.Start(start)!;
    }

    private static string[] CommandOf(string process, Assembly program) =>
        Path.GetFileNameWithoutExtension(process) == program.GetName().Name ? [process]
        : [Path.GetFileNameWithoutExtension(process) == "dotnet" ? process : "dotnet", program.Location];

    internal static async Task CopyAsync(StreamReader from, TextWriter to)
    {
        while (await from.ReadLineAsync(CancellationToken.None).ConfigureAwait(false) is { } line)
            await to.WriteLineAsync(line).ConfigureAwait(false);
    }

    /// <summary>Windows sends Ctrl-C to both by itself, and has no other signal to pass on.</summary>
    internal static void Stop(Process child)
    {
        if (!OperatingSystem.IsWindows() && !child.HasExited)
            _ = Kill(child.Id, Terminate);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
