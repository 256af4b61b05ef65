using EvalHarness.Cli;

namespace EvalHarness.Tests.Cli;

/// <summary>Exit code and output of a start of the program.</summary>
internal sealed record CommandLineResult(int ExitCode, string Output, string Error)
{
    /// <summary>The line that a user's mistake gives, without its prefix.</summary>
    internal string ErrorLine => Error.TrimEnd('\n').Split('\n')[^1];
}

/// <summary>Starts the program in this process.</summary>
internal static class CommandLine
{
    internal static async Task<CommandLineResult> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = await Program.RunAsync(arguments, output, error, CancellationToken.None);
        return new CommandLineResult(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>As <see cref="RunAsync"/>, and fails the test with the program's own words if it does not succeed.</summary>
    internal static async Task<CommandLineResult> SucceedAsync(params string[] arguments)
    {
        CommandLineResult result = await RunAsync(arguments);
        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}: {result.Error}");
        return result;
    }
}
