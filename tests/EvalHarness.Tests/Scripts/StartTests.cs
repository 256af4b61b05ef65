namespace EvalHarness.Tests.Scripts;

/// <summary>The scripts of this clone, with the real build and the real program.</summary>
[Trait("Speed", "slow")]
[Collection(nameof(BuiltProgram))]
public sealed class StartTests
{
    /// <summary>A build changes no file that either script takes for a source, so the next start does not build again.</summary>
    [Fact]
    public void Bash_SecondStart_BuildsNothing() => AssertStarts(Shell.Bash);

    [PowerShellFact]
    public void PowerShell_SecondStart_BuildsNothing() => AssertStarts(Shell.PowerShell);

    private static void AssertStarts(Shell shell)
    {
        (int exitCode, string output, string error) = shell.Run($"./{shell.Script} --version", Shared.Repository);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.StartsWith("0.1.0", output, StringComparison.Ordinal);
    }
}
