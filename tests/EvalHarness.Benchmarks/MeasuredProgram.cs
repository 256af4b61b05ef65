using System.Diagnostics;
using System.Runtime.InteropServices;

namespace EvalHarness.Benchmarks;

/// <summary>
/// Runs the program as a child process and measures it. Processor time is what the kernel adds to getrusage(RUSAGE_CHILDREN) once the
/// child is gone, so it is exact where one child runs at a time. Peak memory is VmHWM of /proc/PID/status, which never falls, read every
/// 10 ms; what a child adds to it in its last 10 ms is not seen.
/// </summary>
internal static partial class MeasuredProgram
{
    private const int Children = -1;

    /// <summary>Numbers of a struct rusage: two times of two numbers, and fourteen others.</summary>
    private const int UsageNumbers = 18;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    /// <param name="program">The program's dll.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="kill">Asked every 10 ms; true kills the child.</param>
    internal static async Task<Measurement> RunAsync(string program, IEnumerable<string> arguments, Func<bool>? kill = null)
    {
        double before = ChildSeconds();
        long started = TimeProvider.System.GetTimestamp();
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process child = Process.Start(start)!;
        Task<string> error = child.StandardError.ReadToEndAsync();
        Task output = child.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        long peak = 0;
        while (!child.HasExited)
        {
            peak = Math.Max(peak, Peak(child.Id));
            if (kill?.Invoke() == true)
                child.Kill();
            await Task.Delay(Poll).ConfigureAwait(false);
        }

        await child.WaitForExitAsync().ConfigureAwait(false);
        await output.ConfigureAwait(false);
        string[] lines = (await error.ConfigureAwait(false)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        TimeSpan elapsed = TimeProvider.System.GetElapsedTime(started);
        return new Measurement(child.ExitCode, ChildSeconds() - before, peak / 1024.0, elapsed, lines.LastOrDefault("")!);
    }

    /// <summary>In KiB; 0 where the process is gone.</summary>
    private static long Peak(int process)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.AsSpan(6, line.Length - 8), provider: null);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static double ChildSeconds()
    {
        var usage = new nint[UsageNumbers];
        return GetUsage(Children, usage) == 0
            ? usage[0] + usage[2] + ((usage[1] + usage[3]) / 1e6)
            : throw new InvalidOperationException("getrusage failed; this study needs Linux");
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, [Out] nint[] usage);
}

/// <param name="ExitCode">Of the child.</param>
/// <param name="Seconds">Processor time, of all threads.</param>
/// <param name="Mebibytes">Peak resident memory.</param>
/// <param name="Elapsed">From its start to its end.</param>
/// <param name="Error">The last line on standard error.</param>
internal sealed record Measurement(int ExitCode, double Seconds, double Mebibytes, TimeSpan Elapsed, string Error);
