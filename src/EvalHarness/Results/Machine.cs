using System.Diagnostics;
using System.Runtime.InteropServices;

namespace EvalHarness.Results;

/// <summary>Where a run was made.</summary>
public sealed record Machine
{
    public required string Cpu { get; init; }

    public required int Cores { get; init; }

    /// <summary>Bytes that this process may use.</summary>
    public required long Memory { get; init; }

    public string? Gpu { get; init; }

    public required string System { get; init; }

    public static async Task<Machine> DescribeAsync(CancellationToken cancellationToken) => new()
    {
        Cpu = CpuName(),
        Cores = Environment.ProcessorCount,
        Memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        Gpu = await Program.OutputAsync("nvidia-smi", ["--query-gpu=name,driver_version", "--format=csv,noheader"], cancellationToken)
            .ConfigureAwait(false),
        System = $"{RuntimeInformation.OSDescription}, {RuntimeInformation.RuntimeIdentifier}",
    };

    private static string CpuName()
    {
        const string file = "/proc/cpuinfo";
        if (!File.Exists(file))
            return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
        string? line = File.ReadLines(file).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}

/// <summary>The state of the git repository that the run was started in.</summary>
/// <param name="Commit">Hash of the commit HEAD.</param>
/// <param name="Dirty">Whether tracked files differ from that commit.</param>
public sealed record GitState(string Commit, bool Dirty)
{
    public static async Task<GitState?> ReadAsync(CancellationToken cancellationToken)
    {
        string? commit = await Program.OutputAsync("git", ["rev-parse", "HEAD"], cancellationToken).ConfigureAwait(false);
        if (commit is null)
            return null;
        string? status = await Program.OutputAsync("git", ["status", "--porcelain", "--untracked-files=no"], cancellationToken)
            .ConfigureAwait(false);
        return new GitState(commit, !string.IsNullOrEmpty(status));
    }
}

/// <summary>Asks another program for something that the manifest is better with, and can do without.</summary>
internal static class Program
{
    /// <returns>The program's trimmed output; null if it is not installed or did not succeed within five seconds.</returns>
    internal static async Task<string?> OutputAsync(string name, string[] arguments, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            var start = new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            using Process? process = Process.Start(start);
            if (process is null)
                return null;
            try
            {
                string output = await process.StandardOutput.ReadToEndAsync(limit.Token).ConfigureAwait(false);
                await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
                return process.ExitCode == 0 ? output.Trim() : null;
            }
            finally
            {
                if (!process.HasExited)
                    process.Kill();
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
