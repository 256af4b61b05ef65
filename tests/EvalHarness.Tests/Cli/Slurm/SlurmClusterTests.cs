using System.Text.Json.Nodes;
using EvalHarness.Cli.Slurm;
using EvalHarness.Results;
using EvalHarness.Tests.Results;
using EvalHarness.Tests.Sandbox;

namespace EvalHarness.Tests.Cli.Slurm;

/// <summary>A run in eight parts on a real Slurm of two nodes, to which everything happens that happens to jobs.</summary>
[Trait("Speed", "slow")]
[Collection(nameof(Alone))]
public sealed class SlurmClusterTests : IDisposable
{
    private const int Parts = 8;

    private readonly TemporaryFolder _folder = new();
    private readonly HashSet<int> _disturbed = [];

    private static string[] Arguments(string verb, string output) =>
        [
            .. verb.Split(' '), "--model", Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-int4"),
            "--tasks", "quick_gsm8k", "--limit", "100", "--repeats", "3", "--gen-kwargs", "do_sample=true,temperature=0.7", "--datasets",
            Path.Combine(Shared.Repository, "datasets"), "--output", output,
        ];

    [SlurmFact]
    public async Task Submit_NodeDrainedTasksKilledCancelledAndStopped_EqualsTheSingleRun()
    {
        await using SlurmCluster cluster = await SlurmCluster.StartAsync();
        Assert.Equal(0, Program(cluster, [.. Arguments("run", _folder["single"]), "--quiet"]).ExitCode);
        Assert.Contains("submitted parts 1-8 as job", Program(cluster, Submit).Output, StringComparison.Ordinal);

        int requeued = await DisturbAsync(cluster, "n2", (job, _) =>
        {
            cluster.Run("scontrol", "update", "NodeName=n2", "State=DRAIN", "Reason=test");
            cluster.Run("scontrol", "requeue", job);
        });
        int killed = await DisturbAsync(cluster, "n1", (_, process) => Kill("KILL", process));
        int stopped = await DisturbAsync(cluster, "n1", (_, process) => Kill("USR1", ProcessList.ParentOf(process)));
        int cancelled = await DisturbAsync(cluster, "n1", (job, _) => cluster.Run("scancel", job));

        await WaitAsync(cluster);
        CommandLineResult ended = Program(cluster, Status);
        Assert.Equal((int)ExitCode.NightIncomplete, ended.ExitCode);
        JsonNode status = JsonNode.Parse(ended.Output)!;
        Assert.Equal(
            Enumerable.Range(1, Parts).Select(n => n == cancelled ? "failed" : "finished"),
            status["parts"]!.AsArray().Select(p => (string?)p!["state"]));
        Assert.False(File.Exists(_folder["parts/results.json"]));
        cluster.Run("scontrol", "update", "NodeName=n2", "State=RESUME");
        Assert.Contains($"submitted part {cancelled} as job", Program(cluster, Submit).Output, StringComparison.Ordinal);
        await WaitAsync(cluster);
        CommandLineResult merged = Program(cluster, Status);
        Assert.True(merged.ExitCode == 0, merged.Output);

        RunComparison.AssertEqual(_folder["single"], _folder["parts"]);
        Assert.Contains("nothing to do", Program(cluster, Submit).Output, StringComparison.Ordinal);
        var run = new SlurmFolder(_folder["parts"]);
        Assert.All(
            (int[])[requeued, killed, stopped, cancelled], number => Assert.True(run.Part(number).ReadManifest().Sessions.Count > 1));
    }

    private string[] Submit => [.. Arguments("submit slurm", _folder["parts"]), "--parts", $"{Parts}"];

    private string[] Status => ["submit", "status", _folder["parts"], "--json"];

    private CommandLineResult Program(SlurmCluster cluster, string[] arguments)
    {
        (int code, string output, string error) = ExternalProgram.Run(
            "dotnet", [typeof(EvalHarness.Cli.Program).Assembly.Location, .. arguments], _folder.Path, cluster.Variables);
        Assert.True(error.Length == 0, error);
        return new CommandLineResult(code, output, error);
    }

    private static void Kill(string signal, int process) => ExternalProgram.Run("kill", [$"-{signal}", $"{process}"]);

    /// <summary>
    /// Does something to a part that runs on a node and has answered something, but not all: its program stands still meanwhile.
    /// </summary>
    /// <param name="cluster">Where it runs.</param>
    /// <param name="node">The name of the node.</param>
    /// <param name="disturb">Gets the job and the program's process.</param>
    /// <returns>The number of the part, another one at each call.</returns>
    private async Task<int> DisturbAsync(SlurmCluster cluster, string node, Action<string, int> disturb)
    {
        int disturbed = 0;
        await cluster.UntilAsync(
            () =>
            {
                foreach (string line in Lines(cluster.Run("squeue", "--noheader", "--array", "--states=RUNNING", "--format=%N %K %F_%K")))
                {
                    if (line.Split(' ') is [var on, var task, var job] && on == node && int.TryParse(task, out int part)
                        && !_disturbed.Contains(part) && TryDisturb(part, process => disturb(job, process)))
                    {
                        disturbed = part;
                        return true;
                    }
                }

                return false;
            },
            $"a part runs on {node}, one that nothing has happened to");
        _disturbed.Add(disturbed);
        return disturbed;
    }

    private bool TryDisturb(int part, Action<int> disturb)
    {
        RunFolder run = new SlurmFolder(_folder["parts"]).Part(part);
        if (!File.Exists(run.JournalFile) || new FileInfo(run.JournalFile).Length == 0)
            return false;
        foreach (int process in ProcessList.WithArgument(run.FullPath).Take(1))
        {
            Kill("STOP", process);
            bool isAtWork = !SlurmFolder.IsFinished(run);
            if (isAtWork)
                disturb(process);
            Kill("CONT", process);
            return isAtWork;
        }

        return false;
    }

    /// <summary>Waits until no job runs or waits; what went back into the queue is spared the minutes that Slurm holds it.</summary>
    private static Task WaitAsync(SlurmCluster cluster) => cluster.UntilAsync(
        () =>
        {
            foreach (string line in Lines(cluster.Run("squeue", "--noheader", "--array", "--states=PENDING", "--format=%r %i")))
            {
                if (line.Split(' ') is ["BeginTime", var job])
                    cluster.Try("scontrol", "update", $"JobId={job}", "StartTime=now");
            }

            return cluster.Run("squeue", "--noheader").Length == 0;
        },
        "no job runs or waits");

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public void Dispose() => _folder.Dispose();
}

/// <summary>A test on a real Slurm; skipped, with a message, where there is none and <c>.ci/run</c> does not demand it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SlurmFactAttribute : FactAttribute
{
    public SlurmFactAttribute() => Skip = SlurmCluster.Missing!;
}
