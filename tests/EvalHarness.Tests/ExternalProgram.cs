using System.Diagnostics;

namespace EvalHarness.Tests;

/// <summary>Another program, run to its end.</summary>
internal static class ExternalProgram
{
    internal static (int ExitCode, string Output, string Error) Run(string file, IEnumerable<string> arguments, string? folder = null)
    {
        using Process process = Process.Start(new ProcessStartInfo(file, arguments) { WorkingDirectory = folder ?? "", RedirectStandardOutput = true, RedirectStandardError = true })!;
        // Both are read at once: a full pipe would stop the program.
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
