namespace EvalHarness.Tests.Cli;

public class InvocationTests
{
    [Theory]
    [InlineData("evalharness", "/usr/share/dotnet/dotnet", "/usr/bin", "/clone")]
    [InlineData("evalharness", "/home/me/.dotnet/tools/evalharness", "/usr/bin:/home/me/.dotnet/tools/", "/clone")]
    [InlineData("tools/evalharness", "/clone/tools/evalharness", "/usr/bin:/home/me/.dotnet/tools", "/clone")]
    [InlineData("/clone/tools/evalharness", "/clone/tools/evalharness", null, "/clone/tools")]
    [InlineData("/clone/tools/evalharness", "/clone/tools/evalharness", "", "/clone/elsewhere")]
    [InlineData("'/clone/my tools/evalharness'", "/clone/my tools/evalharness", "/clone", "/home")]
    [InlineData("'it'\\''s $HOME/evalharness'", "/clone/it's $HOME/evalharness", "/clone", "/clone")]
    public void ToolName_CanBeTyped(string expected, string process, string? path, string folder) =>
        Assert.Equal(expected, Invocation.ToolName(process, path, folder));
}
