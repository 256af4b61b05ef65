using System.ComponentModel;
using System.Diagnostics;

namespace EvalHarness.Cli.Slurm;

/// <summary>One of Slurm's own programs (<c>sbatch</c>, <c>squeue</c>, <c>scancel</c>, <c>sacct</c>), run to its end.</summary>
internal static class SlurmProgram
{
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Environment"/>: it is not on the PATH, or it failed; the message has its own words.
    /// </exception>
    internal static async Task<string> AskAsync(string name, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        (int code, string output, string error) = await RunAsync(name, arguments, cancellationToken).ConfigureAwait(false)
            ?? throw new EvalException(ExitCode.Environment, Missing(name));
        if (code == 0)
            return output;
        string said = string.Join("; ", error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        throw new EvalException(
            ExitCode.Environment, $"{name} failed with code {code}: {(said.Length > 0 ? said : "it says nothing on standard error")}");
    }

    /// <summary>As <see cref="AskAsync"/>, for what only completes an answer: null where the program is missing or fails.</summary>
    internal static async Task<string?> TryAskAsync(string name, IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        await RunAsync(name, arguments, cancellationToken).ConfigureAwait(false) is (0, { } output, _) ? output : null;

    /// <exception cref="EvalException"><see cref="ExitCode.Environment"/>: it is not on the PATH.</exception>
    internal static void Require(string name)
    {
        if (WhyMissing(name) is { } why)
            throw why;
    }

    /// <returns>Null where it is on the PATH.</returns>
    internal static EvalException? WhyMissing(string name)
    {
        bool isThere = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => File.Exists(Path.Combine(folder, name)));
        return isThere ? null : new EvalException(ExitCode.Environment, Missing(name));
    }

    private static string Missing(string name) =>
        $"{name} is not on the PATH, and is needed to submit jobs to Slurm and to ask for them; start this where Slurm's commands are, "
        + "such as a login node, or write the scripts alone with --dry-run";

    /// <returns>Exit code, standard output and standard error; null where there is no such program.</returns>
    private static async Task<(int Code, string Output, string Error)?> RunAsync(
        string name, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        // What its messages say does not hang on the user's language, nor what it prints on the formats that the user chose.
        start.Environment["LC_ALL"] = "C";
        foreach (string format in (string[])["SQUEUE_FORMAT", "SQUEUE_FORMAT2", "SQUEUE_STATES", "SQUEUE_SORT", "SACCT_FORMAT"])
            start.Environment.Remove(format);
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            return null;
        }

        using (process)
        {
            Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
            string output = await process.StandardOutput.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return (process.ExitCode, output, await error.ConfigureAwait(false));
        }
    }
}
