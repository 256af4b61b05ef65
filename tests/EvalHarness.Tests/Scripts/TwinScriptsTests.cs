using System.Text.RegularExpressions;

namespace EvalHarness.Tests.Scripts;

/// <summary>run-eval.sh and run-eval.ps1 say and do the same; PowerShell is not at hand where the tests run, so their texts are compared.</summary>
public sealed partial class TwinScriptsTests
{
    private static readonly string Bash = File.ReadAllText(Path.Combine(Shared.Repository, "run-eval.sh"));

    private static readonly string PowerShell = File.ReadAllText(Path.Combine(Shared.Repository, "run-eval.ps1"));

    [Fact]
    public void Messages_OfBoth_AreTheSame()
    {
        // A message may go on with detail that only one shell can show.
        string[] bash = [.. Message().Matches(Bash).Select(m => m.Groups["text"].Value.Split(": $(")[0].TrimEnd(' ', ':'))];
        string[] powerShell = [.. PowerShellMessage().Matches(PowerShell).Select(m => m.Groups["text"].Value)];
        Assert.True(bash.Length >= 8);
        Assert.Equal(bash.Distinct().Select(m => m.Replace("$device", "device", StringComparison.Ordinal)).Order(), powerShell.Distinct().Select(m => m.Replace("$device", "device", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void Explanation_OfBoth_IsTheSame()
    {
        static IEnumerable<string> Head(string script) => script.Split('\n').SkipWhile(l => l.StartsWith("#!", StringComparison.Ordinal)).TakeWhile(l => l.StartsWith('#'))
            .Select(l => Spaces().Replace(l.Replace("run-eval.ps1", "SCRIPT", StringComparison.Ordinal).Replace("run-eval.sh", "SCRIPT", StringComparison.Ordinal), " "));
        Assert.Equal(Head(Bash), Head(PowerShell));
    }

    [GeneratedRegex("""(?:fail|echo) "(?<text>[a-z][^"$]{12,}(?:\$device[^"]*|: \$\([^"]*)?)""")]
    private static partial Regex Message();

    [GeneratedRegex("""(?:Fail|Say) ['"](?<text>[a-z][^'"]{12,})['"]""")]
    private static partial Regex PowerShellMessage();

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}
