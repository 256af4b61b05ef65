using System.Diagnostics;
using EvalHarness.Cli;
using EvalHarness.Sandbox;

namespace EvalHarness.Tests.Sandbox;

/// <summary>
/// What the sandbox promises beyond containing: verdicts that do not depend on the machine, and words for what is missing.
/// </summary>
[Trait("Speed", "slow")]
[Collection(nameof(Alone))]
public sealed class ProgramSandboxTests
{
    /// <summary>The program needs 0.7 s of a core and has 1 s of wall time, while two busy loops run on each core.</summary>
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
        ProgramResult[] results = await Task.WhenAll(
            Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => sandbox.RunAsync(program, CancellationToken.None)));
        Assert.All(results, r => Assert.Equal(ProgramEnd.Passed, r.End));
        Assert.Contains(results, r => r.Retried);

        // A program that sleeps does not suffer from the load, and gets no second try.
        ProgramResult sleeper = await sandbox.RunAsync(program with { Source = "import time\ntime.sleep(60)" }, CancellationToken.None);
        Assert.Equal((ProgramEnd.TimeLimit, false), (sleeper.End, sleeper.Retried));
    }

    /// <summary>Nobody else makes these programs wait, whether their processes live long or end at once.</summary>
    [ToolTheory("python3")]
    [InlineData("for _ in range(30):\n    try:\n        if os.fork() == 0: break\n    except OSError: break\nwhile True: pass")]
    [InlineData("import threading\nfor _ in range(12):\n    if os.fork() == 0:\n" +
        "        threading.Thread(target=sum, args=(iter(int, 1),)).start()\n        break\nwhile True: pass")]
    public async Task Run_ProgramThatStarvesItself_IsNotTriedAgain(string source)
    {
        await using ProgramSandbox sandbox = await ProgramSandbox.OpenAsync("auto", [], CancellationToken.None);
        var limits = new ProgramLimits { ProcessorTime = TimeSpan.FromSeconds(2), WallTime = TimeSpan.FromSeconds(3) };
        ProgramResult result = await sandbox.RunAsync(
            new SandboxedProgram { Source = "import os\n" + source, Limits = limits }, CancellationToken.None);
        Assert.Equal((ProgramEnd.TimeLimit, false), (result.End, result.Retried));
    }

    [ToolFact("python3")]
    public async Task Run_Input_IsRead()
    {
        await using ProgramSandbox sandbox = await ProgramSandbox.OpenAsync("auto", [], CancellationToken.None);
        ProgramResult result = await sandbox.RunAsync(
            new SandboxedProgram
            {
                Source = "print(input() + '!')\nimport sys\nprint('e', file=sys.stderr)",
                Input = "gr\u00fc\u00dfe\nmore",
            },
            CancellationToken.None);
        Assert.Equal((ProgramEnd.Passed, 0), (result.End, result.ExitStatus));
        Assert.Equal("e\ngr\u00fc\u00dfe!\n", result.Output);
        Assert.InRange(result.PeakMemory, 1 << 20, 1 << 28);
        ProgramResult command = await sandbox.RunAsync(
            new SandboxedProgram { Command = ["/bin/sh", "-c", "cat; exit 3"], Input = "in" }, CancellationToken.None);
        Assert.Equal((ProgramEnd.Exited, 3, "in"), (command.End, command.ExitStatus, command.Output));
        ProgramResult missing = await sandbox.RunAsync(new SandboxedProgram { Command = ["no-such-program"] }, CancellationToken.None);
        Assert.Equal(ProgramEnd.CouldNotStart, missing.End);
    }

    /// <summary>A box that is killed from outside is replaced, and no program loses its verdict.</summary>
    [ToolFact("python3")]
    public async Task Run_BoxIsKilled_GoesOnInANewOne()
    {
        await using ProgramSandbox sandbox = await ProgramSandbox.OpenAsync("auto", [], CancellationToken.None);
        foreach (int box in Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(n => n!.All(char.IsDigit)).Select(
            n => int.Parse(n!, null)).Where(IsOwnBox))
            Process.GetProcessById(box).Kill();
        Assert.Equal(
            ProgramEnd.Passed, (await sandbox.RunAsync(new SandboxedProgram { Source = "assert True" }, CancellationToken.None)).End);
    }

    /// <summary>On a loaded machine a child may end before the program's first line, which says nothing about the program.</summary>
    [ToolTheory("python3")]
    [InlineData(1, nameof(ProgramEnd.Passed))]
    [InlineData(2, nameof(ProgramEnd.CouldNotStart))]
    public async Task Run_ChildEndsBeforeTheProgramBegins_IsStartedOnceMore(int stumbles, string expected)
    {
        var backend = new StumblingBackend(stumbles);
        await using var sandbox = new ProgramSandbox(backend, []);
        ProgramResult result = await sandbox.RunAsync(new SandboxedProgram { Source = "assert True" }, CancellationToken.None);
        Assert.Equal((expected, 2), ($"{result.End}", backend.Starts));
        Assert.Equal(expected == nameof(ProgramEnd.Passed) ? "" : "the box's child ended before the program began", result.Detail);
    }

    /// <summary>The first boxes answer each program as if its child had ended at once; later ones are real.</summary>
    private sealed class StumblingBackend(int stumbles) : BareBackend
    {
        private const string Stumbling = """
            import json, struct, sys
            def read(): return sys.stdin.buffer.read(struct.unpack('>I', sys.stdin.buffer.read(4))[0])
            read()
            while read() and read():
                answer = {"output": "", "verdict": "", "status": -1, "ended": None, "processor": 0, "waited": 0, "seconds": 0, "peak": 0}
                text = json.dumps(answer).encode()
                sys.stdout.buffer.write(struct.pack('>I', len(text)) + text)
                sys.stdout.buffer.flush()
            """;

        internal int Starts { get; private set; }

        private protected override IReadOnlyList<string> Arguments(IReadOnlyList<BoxFolder> folders) =>
            Starts++ < stumbles ? [Python, "-c", Stumbling] : base.Arguments(folders);
    }

    private static bool IsOwnBox(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/status").Contains($"\nPPid:\t{Environment.ProcessId}\n", StringComparison.Ordinal)
                && File.ReadAllText($"/proc/{pid}/cmdline").Contains("box.py", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>The harness is killed while programs run, without a chance to clean up, and nothing of them stays.</summary>
    [ToolTheory("bwrap")]
    [InlineData("bwrap")]
    [InlineData("unshare")]
    public async Task Harness_IsKilled_LeavesNothing(string backend)
    {
        using Process harness = Process.Start(new ProcessStartInfo(
            Environment.ProcessPath!, [typeof(Program).Assembly.Location, "bench", "--sandbox", backend, "--repeat", "1000"])
        {
            RedirectStandardOutput = true,
        })!;
        using var traces = new BoxTraces(harness.Id);
        for (int i = 0; traces.Boxes < 2 && i < 600; i++)
            await Task.Delay(100);
        Assert.False(harness.HasExited);
        harness.Kill();
        await harness.WaitForExitAsync();
        Assert.True(traces.Boxes >= 2, $"{traces.Boxes} boxes were seen");
        Assert.Empty(await traces.LeftAsync());
        // The next process that makes groups removes those of the killed one, once the kernel has forgotten their processes.
        string[] left = ["unknown"];
        for (int i = 0; left.Length > 0 && i < 300; i++)
        {
            await Task.Delay(100);
            MemoryGroupPlace.Find(File.ReadAllText("/proc/self/cgroup"), File.ReadAllText("/proc/self/mountinfo"));
            left = [.. MemoryGroupTests.GroupFolders().Where(f => f.Contains($"-{harness.Id}-", StringComparison.Ordinal))];
        }

        Assert.Empty(left);
    }

    /// <summary>The harness runs as in a container without rights and without user namespaces.</summary>
    [ToolFact("unshare")]
    public void Doctor_WithoutNamespaces_SaysWhatIsMissing()
    {
        string program = Path.Combine(AppContext.BaseDirectory, typeof(Program).Assembly.GetName().Name + ".dll");
        (int code, string output, string error) = ExternalProgram.Run("unshare", ["--user", "--map-root-user", "/bin/sh", "-c",
            "echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --no-new-privs --inh-caps=-all --bounding-set=-all " +
                $"{Environment.ProcessPath ?? "dotnet"} {program} doctor"]);
        Assert.True(code == 0, error);
        foreach (string backend in (string[])["bwrap", "unshare"])
        {
            string line = output.Split('\n').Single(l => l.StartsWith($"| sandbox {backend} ", StringComparison.Ordinal));
            Assert.Contains("| no ", line, StringComparison.Ordinal);
            Assert.Contains("it needs root with mount rights, or unprivileged user namespaces", line, StringComparison.Ordinal);
        }
    }
}
