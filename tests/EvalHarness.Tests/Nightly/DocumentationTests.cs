using System.Text.RegularExpressions;
using EvalHarness.Files;
using EvalHarness.Nightly;
using YamlDotNet.RepresentationModel;

namespace EvalHarness.Tests.Nightly;

/// <summary>The files of docs/nightly beside its page.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string Folder = Path.Combine(Shared.Repository, "docs", "nightly");

    [Fact]
    public void Plan_IsOne()
    {
        NightlyPlan plan = SettingsFile.Read<NightlyPlan>(Path.Combine(Folder, "plan.yaml"), ExitCode.Usage);
        Assert.Equal(
            ["tiny-fp32-cpu-quick_mmlu", "tiny-int4-cpu-quick_mmlu", "tiny-int4-cpu-quick_gsm8k"],
            PlanCell.Of(plan, "plan.yaml").Select(c => c.Name));
        plan.Gate!.Check("plan.yaml");
    }

    [Theory]
    [InlineData("crontab")]
    [InlineData("evalharness-nightly.service")]
    [InlineData("windows-task.ps1")]
    [InlineData("github-workflow.yml")]
    public void Scheduler_StartsThePlanByTheScriptThatThereIs(string file)
    {
        Match command = Command().Match(File.ReadAllText(Path.Combine(Folder, file)));
        Assert.True(command.Success, file);
        Assert.True(File.Exists(Path.Combine(Shared.Repository, command.Groups["script"].Value)));
        Assert.True(File.Exists(Path.Combine(Shared.Repository, command.Groups["plan"].Value.Replace('\\', Path.DirectorySeparatorChar))));
    }

    [Fact]
    public void Workflow_IsYaml()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(Path.Combine(Folder, "github-workflow.yml"))));
        Assert.Equal(
            ["name", "on", "concurrency", "jobs"],
            ((YamlMappingNode)yaml.Documents[0].RootNode).Children.Keys.Select(k => k.ToString()));
    }

    [GeneratedRegex(@"(?<script>run-eval\.(sh|ps1)) nightly (?<plan>\S+\.yaml) --quiet")]
    private static partial Regex Command();
}
