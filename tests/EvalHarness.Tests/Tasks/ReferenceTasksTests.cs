using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Tasks;

/// <summary>tasks check over lm-evaluation-harness's own task files, whose folder LMEVAL_TASKS names.</summary>
[Trait("Speed", "slow")]
public sealed class ReferenceTasksTests
{
    /// <summary>
    /// The numbers that the documentation gives. A later version of the folder has more tasks, so that these are the least of each kind.
    /// </summary>
    [SkippableFact]
    public async Task Check_ReferencesFolder_RunsAllButAFew()
    {
        string? tasks = Environment.GetEnvironmentVariable("LMEVAL_TASKS");
        Skip.If(
            tasks is null || Shared.Missing is not null,
            "needs LMEVAL_TASKS, the folder lm_eval/tasks of lm-evaluation-harness, and a folder 'shared' beside the repository");
        CommandLineResult result = await CommandLine.RunAsync("tasks", "check", tasks, "--datasets", Shared.Hub, "--json");
        Assert.Equal((int)ExitCode.Task, result.ExitCode);
        JsonNode report = JsonNode.Parse(result.Output)!;
        int Total(string kind, string key) => (int)report["totals"]![kind]![key]!;
        const string without = "tasks without !function", with = "tasks with !function";
        Assert.True(Total(without, "number") >= 4536);
        Assert.InRange(Total(without, "number") - Total(without, "run"), 0, 6);
        Assert.Equal(0, Total(without, "not_rendered"));
        Assert.True(Total(without, "real_rows") >= 6, $"{Total(without, "real_rows")} tasks on real rows");
        Assert.True(Total(with, "run") >= 3100, $"{Total(with, "run")} tasks with functions");
        foreach (string kind in (string[])[without, with, "groups"])
        {
            int rendered = Total(kind, "real_rows") + Total(kind, "known_columns") + Total(kind, "made_up_rows");
            Assert.Equal(Total(kind, "run"), rendered + Total(kind, "not_rendered"));
        }

        // Whatever does not run has its reason.
        Assert.All(report["tasks"]!.AsArray(), t => Assert.True(t!["problem"] is not null || t["rows"] is not null, $"{t!["name"]}"));
    }
}
