namespace EvalHarness.Tests.Scripts;

/// <summary>
/// For tests that start the program by the scripts of this clone. It is built before the first of them, once, and they do not run
/// beside each other: two would build in one folder.
/// </summary>
[CollectionDefinition(nameof(BuiltProgram))]
public sealed class BuiltProgram : ICollectionFixture<BuiltProgram>
{
    public BuiltProgram()
    {
        (int exitCode, _, string error) = Shell.Bash.Run(
            $"{Shell.Bash.Quote(Path.Combine(Shared.Repository, Shell.Bash.Script))} --version", Shared.Repository);
        Assert.True(exitCode == 0, error);
    }
}
