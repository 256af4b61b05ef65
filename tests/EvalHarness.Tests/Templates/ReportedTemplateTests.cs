namespace EvalHarness.Tests.Templates;

/// <summary>Tasks whose templates and targets once gave other texts here than in Jinja2; they lie beside the repository.</summary>
[Trait("Speed", "slow")]
public sealed class ReportedTemplateTests
{
    private static readonly Dictionary<string, string?> Variables = new()
    {
        ["EVALHARNESS"] = $"dotnet {Path.Combine(AppContext.BaseDirectory, "evalharness.dll")}",
    };

    private static string Run(string report) =>
        ExternalProgram.Run("bash", [Path.Combine(Shared.Folder, "reports", report, "run.sh")], variables: Variables).Output;

    [SharedFact]
    public void Templates_RenderAsInJinja()
    {
        string[] rendered = [.. Run("templates").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line[(line.LastIndexOf("-> ", StringComparison.Ordinal) + 3)..].Trim())];
        Assert.Equal(["2.50", "1,234,567", "12345678901234567890", "-005", "c-b-A", "31", "yx"], rendered);
    }

    [SharedFact]
    public void ListTargets_StayTuples_AndMayHoldLargeIntegers()
    {
        string output = Run("list-target");
        Assert.Matches(@"\| lt +\|.*exact_match ↑ \| 1\.0000 ", output);
        Assert.Matches(@"\| big +\|.*exact_match ↑ \|", output);
        Assert.DoesNotContain("bug", output, StringComparison.Ordinal);
    }
}
