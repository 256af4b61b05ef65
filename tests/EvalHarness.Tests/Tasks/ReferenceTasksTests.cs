using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Sandbox;

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

    /// <summary>Without NumPy, which some tasks use, there are a few less than the 7,953 of the documentation.</summary>
    [SkippableFact]
    public async Task Check_ReferencesFolderWithItsPython_RunsAllButAFew()
    {
        string? tasks = Environment.GetEnvironmentVariable("LMEVAL_TASKS");
        Skip.If(tasks is null, "needs LMEVAL_TASKS, the folder lm_eval/tasks of lm-evaluation-harness");
        Skip.If(TestBackends.All.Count == 0, "no sandbox works on this machine");
        CommandLineResult result = await CommandLine.RunAsync("tasks", "check", tasks, "--allow-task-code", "--json");
        JsonNode report = JsonNode.Parse(result.Output)!;
        JsonNode with = report["totals"]!["tasks with !function"]!;
        Assert.True((int)with["run"]! >= 7_700, $"{with["run"]} tasks with functions");
        Assert.Equal((int)with["run"]!, (int)with["by_equivalents"]! + (int)with["in_the_box"]!);
        Assert.Equal((int)with["in_the_box"]!, (int)with["called_on_real_rows"]! + (int)with["called_on_made_up_rows"]!);
        Assert.Equal((int)with["number"]! - (int)with["run"]!, report["left_by_kind"]!.AsObject().Sum(kind => (int)kind.Value!) - 2);
    }
}
