using System.Diagnostics;
using EvalHarness.Cli;
using EvalHarness.Sandbox;

namespace EvalHarness.Tests.Sandbox;

/// <summary>What the sandbox promises beyond containing: verdicts that do not depend on the machine, and words for what is missing.</summary>
[Collection(nameof(Alone))]
public sealed class ProgramSandboxTests
{
    /// <summary>Needs 0.7 s of a core, has 1 s of wall time, and shares each core with two busy loops.</summary>
    [ToolFact("python3")]
    public async Task Run_OnAnOverloadedMachine_IsTriedAgainAloneAndMarked()
    {
        using var load = new BusyLoops(perCore: 2);
        await using ProgramSandbox sandbox = await ProgramSandbox.OpenAsync("auto", [], CancellationToken.None);
        var program = new SandboxedProgram
        {
            Source = "import time\nwhile time.process_time() < 0.7: pass",
            Limits = new ProgramLimits { ProcessorTime = TimeSpan.FromSeconds(2), WallTime = TimeSpan.FromSeconds(1) },
        };
        ProgramResult[] results = await Task.WhenAll(Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => sandbox.RunAsync(program, CancellationToken.None)));
        Assert.All(results, r => Assert.Equal(ProgramEnd.Passed, r.End));
        Assert.Contains(results, r => r.Retried);

        // One that sleeps is no victim of the load, and gets no second try.
        ProgramResult sleeper = await sandbox.RunAsync(program with { Source = "import time\ntime.sleep(60)" }, CancellationToken.None);
        Assert.Equal((ProgramEnd.TimeLimit, false), (sleeper.End, sleeper.Retried));
    }

    [ToolFact("python3")]
    public async Task Run_Input_IsRead()
    {
        await using ProgramSandbox sandbox = await ProgramSandbox.OpenAsync("auto", [], CancellationToken.None);
        ProgramResult result = await sandbox.RunAsync(new SandboxedProgram { Source = "print(input() + '!')\nimport sys\nprint('e', file=sys.stderr)", Input = "gr\u00fc\u00dfe\nmore" }, CancellationToken.None);
        Assert.Equal((ProgramEnd.Passed, 0), (result.End, result.ExitStatus));
        Assert.Equal("e\ngr\u00fc\u00dfe!\n", result.Output);
        Assert.InRange(result.PeakMemory, 1 << 20, 1 << 28);
        ProgramResult command = await sandbox.RunAsync(new SandboxedProgram { Command = ["/bin/sh", "-c", "cat; exit 3"], Input = "in" }, CancellationToken.None);
        Assert.Equal((ProgramEnd.Exited, 3, "in"), (command.End, command.ExitStatus, command.Output));
        ProgramResult missing = await sandbox.RunAsync(new SandboxedProgram { Command = ["no-such-program"] }, CancellationToken.None);
        Assert.Equal(ProgramEnd.CouldNotStart, missing.End);
    }

    /// <summary>A box that is ended from outside costs no program its verdict.</summary>
    [ToolFact("python3")]
    public async Task Run_BoxIsKilled_GoesOnInANewOne()
    {
        await using ProgramSandbox sandbox = await ProgramSandbox.OpenAsync("auto", [], CancellationToken.None);
        foreach (int box in Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(n => n!.All(char.IsDigit)).Select(n => int.Parse(n!, null)).Where(IsOwnBox))
            Process.GetProcessById(box).Kill();
        Assert.Equal(ProgramEnd.Passed, (await sandbox.RunAsync(new SandboxedProgram { Source = "assert True" }, CancellationToken.None)).End);
    }

    private static bool IsOwnBox(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/status").Contains($"\nPPid:\t{Environment.ProcessId}\n", StringComparison.Ordinal) && File.ReadAllText($"/proc/{pid}/cmdline").Contains("box.py", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>The harness is ended without a chance to clean up, in the middle of programs: nothing of them stays.</summary>
    [ToolTheory("bwrap")]
    [InlineData("bwrap")]
    [InlineData("unshare")]
    public async Task Harness_IsKilled_LeavesNothing(string backend)
    {
        HostState before = HostState.Read(), after;
        using (Process harness = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [typeof(Program).Assembly.Location, "bench", "--sandbox", backend, "--repeat", "1000"]) { RedirectStandardOutput = true })!)
        {
            await Task.Delay(4000);
            Assert.Contains(HostState.Read().Added(before), t => t.StartsWith("network namespace", StringComparison.Ordinal));
            harness.Kill();
        }

        for (int i = 0; (after = HostState.Read()).Added(before).Any() && i < 100; i++)
            await Task.Delay(100);
        Assert.Empty(after.Added(before));
    }

    /// <summary>As in a container where user namespaces are off: no right, and none to be had.</summary>
    [ToolFact("unshare")]
    public void Doctor_WithoutNamespaces_SaysWhatIsMissing()
    {
        string program = Path.Combine(AppContext.BaseDirectory, typeof(Program).Assembly.GetName().Name + ".dll");
        (int code, string output, string error) = ExternalProgram.Run("unshare", ["--user", "--map-root-user", "/bin/sh", "-c",
            $"echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --no-new-privs --inh-caps=-all --bounding-set=-all {Environment.ProcessPath ?? "dotnet"} {program} doctor"]);
        Assert.True(code == 0, error);
        foreach (string backend in (string[])["bwrap", "unshare"])
        {
            string line = output.Split('\n').Single(l => l.StartsWith($"| sandbox {backend} ", StringComparison.Ordinal));
            Assert.Contains("| no ", line, StringComparison.Ordinal);
            Assert.Contains("it needs root with mount rights, or unprivileged user namespaces", line, StringComparison.Ordinal);
        }
    }
}
