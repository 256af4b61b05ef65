namespace EvalHarness.Tests.Scripts;

/// <summary>
/// For tests that start the program by the scripts of this clone. It is built before the first of them; the scripts themselves see to it
/// that two starts do not build at once.
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
