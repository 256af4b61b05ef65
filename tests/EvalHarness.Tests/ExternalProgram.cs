using System.Diagnostics;

namespace EvalHarness.Tests;

/// <summary>Another program, run to its end.</summary>
internal static class ExternalProgram
{
    /// <param name="file">On the PATH, or a path.</param>
    /// <param name="arguments">Each as it is.</param>
    /// <param name="folder">To run in; null for this process's own.</param>
    /// <param name="variables">Of the environment; null removes one.</param>
    internal static (int ExitCode, string Output, string Error) Run(
        string file, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string?>? variables = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = folder ?? "",
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string? value) in variables ?? new Dictionary<string, string?>())
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        // Both streams are read at the same time, because a full pipe would block the program.
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
