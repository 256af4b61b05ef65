namespace EvalHarness.Tests.Scripts;

/// <summary>In both shells the program gets the arguments that a person meant to type.</summary>
public sealed class ArgumentTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    [Fact]
    public void Bash_Table_ReachesTheProgramAsTyped() => AssertTable(Shell.Bash, "");

    /// <summary>The same holds in a session whose settings change how scripts behave.</summary>
    [PowerShellTheory]
    [InlineData("")]
    [InlineData(
        "Set-StrictMode -Version Latest; $ErrorActionPreference = 'Stop'; $PSNativeCommandUseErrorActionPreference = $true; " +
            "$PSNativeCommandArgumentPassing = 'Legacy'; $OFS = ';'")]
    public void PowerShell_Table_ReachesTheProgramAsTyped(string session) => AssertTable(Shell.PowerShell, session);

    /// <summary>With -File the arguments come from another shell, and PowerShell must not split one such as -x:y.</summary>
    [PowerShellFact]
    public void PowerShell_File_PassesEveryArgumentAsItIs()
    {
        string[] arguments =
        [
            "run", "--output=C:\\out", "a,b", "0.10", "--", "-p:Name=value", "-v:true", "-x:", "y", "--foo:false", "", "q\"q", "it's",
            "*.ps1", "~", "$HOME", "a b\\", "--", "-q-", "run-eval.ps1",
        ];
        (int exitCode, _, string error) = ExternalProgram.Run(
            Shell.PowerShell.Program, ["-NoProfile", "-File", "./run-eval.ps1", .. arguments], _folder.Path, _folder.Variables());
        Assert.True(exitCode == 0, error);
        Assert.Equal([_folder.Program, .. arguments], Assert.Single(_folder.Calls()).Arguments);
    }

    [PowerShellFact]
    public void PowerShell_DashesBetweenSplattedVariables_AreRefused()
    {
        (int exitCode, _, string error) = _folder.Run(Shell.PowerShell, "$a = 'x', 'y'; ./run-eval.ps1 @a -- @a");
        Assert.Equal((8, "error: PowerShell hides a -- between splatted variables; write it in quotes: '--'\n"), (exitCode, error));
        Assert.Empty(_folder.Calls());
    }

    private void AssertTable(Shell shell, string session)
    {
        foreach (string file in ArgumentCases.Files)
            _folder.Write(file, "");
        List<ArgumentCase> cases = [.. ArgumentCases.All(_folder.Home).Where(c => c.Typed(shell) is not null)];
        (_, _, string error) = _folder.RunAll(shell, $"{ArgumentCases.Before(shell)}\n{session}", [.. cases.Select(c => c.Typed(shell)!)]);
        Assert.Equal("", error);
        Assert.All(
            Enumerable.Range(0, cases.Count), i => Assert.Equal([_folder.Program, .. cases[i].Expected], _folder.Calls(i)[^1].Arguments));
    }

    public void Dispose() => _folder.Dispose();
}
