namespace EvalHarness.Tests.Cli;

public class InvocationTests
{
    [Theory]
    [InlineData("evalharness", "/usr/share/dotnet/dotnet", "/usr/bin", "/work")]
    [InlineData("evalharness", "/home/me/.dotnet/tools/evalharness", "/usr/bin:/home/me/.dotnet/tools/", "/work")]
    [InlineData("tools/evalharness", "/work/tools/evalharness", "/usr/bin:/home/me/.dotnet/tools", "/work")]
    [InlineData("/work/tools/evalharness", "/work/tools/evalharness", null, "/work/tools")]
    [InlineData("/work/tools/evalharness", "/work/tools/evalharness", "", "/work/elsewhere")]
    [InlineData("'/work/my tools/evalharness'", "/work/my tools/evalharness", "/work", "/home")]
    [InlineData("'it'\\''s $HOME/evalharness'", "/work/it's $HOME/evalharness", "/work", "/work")]
    public void ToolName_CanBeTyped(string expected, string process, string? path, string folder) => Assert.Equal(expected, Invocation.ToolName(process, path, folder));
}
