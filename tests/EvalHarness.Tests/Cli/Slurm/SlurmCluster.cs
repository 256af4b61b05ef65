using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using EvalHarness.Sandbox;

namespace EvalHarness.Tests.Cli.Slurm;

/// <summary>
/// A Slurm of this machine alone: a controller and two nodes, <c>n1</c> and <c>n2</c>, each with one processor, on the loopback interface.
/// All its files are in a folder of its own, it keeps no accounting, and it asks nobody who is calling (auth/none). All its processes
/// end with it.
/// </summary>
/// <remarks>Source: slurm.conf(5) of Slurm 22.05.</remarks>
internal sealed class SlurmCluster : IAsyncDisposable
{
    /// <summary>What <c>.ci/run</c> sets, where a test that finds no Slurm must not be skipped.</summary>
    private const string Variable = "EVALHARNESS_TEST_SLURM";

    /// <summary>For a machine with much else to do.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _daemons = [];

    private SlurmCluster()
    {
        int[] ports = FreePorts(3);
        string user = Environment.UserName;
        Configuration = _folder.Write(
            "slurm.conf",
            $"""
            ClusterName=evalharness
            SlurmctldHost=localhost(127.0.0.1)
            SlurmctldPort={ports[0]}
            AuthType=auth/none
            CredType=cred/none
            SlurmUser={user}
            SlurmdUser={user}
            StateSaveLocation={_folder["state"]}
            SlurmdSpoolDir={_folder["%n"]}
            SlurmctldPidFile={_folder["controller.pid"]}
            SlurmdPidFile={_folder["%n.pid"]}
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SwitchType=switch/none
            MpiDefault=none
            JobAcctGatherType=jobacct_gather/none
            AccountingStorageType=accounting_storage/none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_CPU
            SchedulerParameters=sched_interval=1,bf_interval=1
            SlurmdParameters=config_overrides
            SlurmdTimeout=3600
            SlurmctldTimeout=3600
            MessageTimeout=100
            MinJobAge=86400
            NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[1]} CPUs=1
            NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[2]} CPUs=1
            PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP

            """);
        foreach (string name in (string[])["state", "n1", "n2"])
            Directory.CreateDirectory(_folder[name]);
    }

    /// <summary>The file that Slurm's programs find the controller by.</summary>
    internal string Configuration { get; }

    internal Dictionary<string, string?> Variables => new() { ["SLURM_CONF"] = Configuration };

    /// <summary>Why tests with a real Slurm are skipped; null where it is installed, and where they must not be skipped.</summary>
    internal static string? Missing =>
        Environment.GetEnvironmentVariable(Variable) == "required"
        || ((string[])["slurmctld", "slurmd", "sbatch", "squeue"]).All(name => BoxBackend.Find(name) is not null)
            ? null
            : $"needs Slurm (apt-get install slurm-wlm); fails instead where {Variable}=required";

    internal static async Task<SlurmCluster> StartAsync()
    {
        var cluster = new SlurmCluster();
        try
        {
            cluster.Start("slurmctld", "-D", "-i", "-f", cluster.Configuration);
            cluster.Start("slurmd", "-D", "-N", "n1", "-f", cluster.Configuration);
            cluster.Start("slurmd", "-D", "-N", "n2", "-f", cluster.Configuration);
            await cluster.UntilAsync(
                () => cluster.Try("sinfo", "--noheader", "--Node", "--format=%N %T") is "n1 idle\nn2 idle\n", "both nodes are idle");
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    private void Start(string name, params string[] arguments)
    {
        string file = BoxBackend.Find(name) ?? throw new InvalidOperationException($"{name} is missing: apt-get install slurm-wlm");
        // A daemon whose output nobody reads would wait for its reader.
        var start = new ProcessStartInfo(
            "bash", ["-c", "exec \"${@:2}\" >>\"$1\" 2>&1", "bash", _folder["daemons.log"], file, .. arguments]);
        start.Environment["SLURM_CONF"] = Configuration;
        _daemons.Add(Process.Start(start)!);
    }

    /// <summary>One of Slurm's programs, which must succeed.</summary>
    internal string Run(string name, params string[] arguments)
    {
        (int code, string output, string error) = ExternalProgram.Run(name, arguments, _folder.Path, Variables);
        Assert.True(code == 0, $"{name} {string.Join(' ', arguments)}: {error}");
        return output;
    }

    /// <summary>As <see cref="Run"/>; null where it fails, for what may come at the wrong moment.</summary>
    internal string? Try(string name, params string[] arguments) =>
        ExternalProgram.Run(name, arguments, _folder.Path, Variables) is (0, { } output, _) ? output : null;

    /// <summary>Asks again and again, until something is so.</summary>
    internal async Task UntilAsync(Func<bool> isSo, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!isSo())
        {
            Assert.True(clock.Elapsed < Limit, $"not within {Limit}: {what}\n{Log()}");
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    private string Log()
    {
        string queue = Try("squeue", "--array", "--states=all") ?? "squeue fails\n";
        string[] lines = File.Exists(_folder["daemons.log"]) ? File.ReadAllLines(_folder["daemons.log"]) : [];
        return queue + string.Join('\n', lines.TakeLast(30));
    }

    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners)
            listener.Start();
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        foreach (TcpListener listener in listeners)
            listener.Dispose();
        return ports;
    }

    /// <summary>Ends the jobs, the daemons, and whatever a failed test has left of either.</summary>
    public async ValueTask DisposeAsync()
    {
        Try("scancel", "--signal=KILL", "--full", $"--user={Environment.UserName}");
        Try("scancel", $"--user={Environment.UserName}");
        foreach (Process daemon in Enumerable.Reverse(_daemons))
        {
            ExternalProgram.Run("kill", ["-TERM", $"{daemon.Id}"]);
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            try
            {
                await daemon.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                daemon.Kill();
            }

            daemon.Dispose();
        }

        // Jobs and the processes that watch them have the variable of this cluster.
        foreach (int process in ProcessList.WithVariable($"SLURM_CONF={Configuration}"))
            ExternalProgram.Run("kill", ["-KILL", $"{process}"]);
        _folder.Dispose();
    }
}
