namespace EvalHarness.Tests.Reports;

/// <summary>The bundled page is what its sources make.</summary>
[Trait("Speed", "slow")]
public sealed class ReportPageTests : IDisposable
{
    private static readonly string Page = Path.Combine(Shared.Repository, "src", "ReportPage");

    private readonly TemporaryFolder _folder = new();

    [BundleFact]
    public void Dist_BuiltAgain_IsTheSame()
    {
        (int exitCode, _, string error) = ExternalProgram.Run("node", ["build.js", _folder.Path], Page);
        Assert.True(exitCode == 0, error);
        foreach (string name in (string[])["report.js", "report.css", "licences.txt"])
            Assert.True(
                File.ReadAllText(_folder[name]) == File.ReadAllText(Path.Combine(Page, "dist", name)),
                $"src/ReportPage/dist/{name} is not what its sources make: run 'npm ci && npm run build' there");
        Assert.Contains("@observablehq/plot 0.6.17", File.ReadAllText(_folder["licences.txt"]), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class BundleFactAttribute : FactAttribute
    {
        public BundleFactAttribute() =>
            Skip = Directory.Exists(Path.Combine(Page, "node_modules", "esbuild")) ? null! : "needs 'npm ci' in src/ReportPage";
    }
}
