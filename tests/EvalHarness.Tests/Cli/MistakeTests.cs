namespace EvalHarness.Tests.Cli;

/// <summary>
/// Tests of what users get wrong, and of the one line and the exit code that each mistake gives. The line says what was found, what was
/// expected and where; standard output stays empty.
/// </summary>
public abstract class MistakeTests : IDisposable
{
    private protected readonly TemporaryFolder _folder = new();

    private protected static async Task AssertLineAsync(ExitCode expected, string fragment, params string[] arguments)
    {
        CommandLineResult result = await CommandLine.RunAsync(arguments);
        Assert.True((int)expected == result.ExitCode, $"exit code {result.ExitCode}: {result.Error}");
        Assert.StartsWith("error: ", result.ErrorLine, StringComparison.Ordinal);
        Assert.Contains(fragment, result.ErrorLine, StringComparison.Ordinal);
        if (expected != ExitCode.SamplesErrored)
            Assert.Equal("", result.Output);
    }

    /// <summary>The same for a run of the small task.</summary>
    private protected Task TinyAsync(ExitCode expected, string fragment, params string[] more) =>
        AssertLineAsync(expected, fragment, TinyData.Run(_folder, more));

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
