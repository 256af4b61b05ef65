using EvalHarness.Sandbox;

namespace EvalHarness.Tests.Sandbox;

/// <summary>
/// Programs that do harm: each is contained, and gets the verdict it deserves, in every kind of box that the machine can make, and leaves
/// nothing behind. The contract of <see cref="BoxBackend"/>.
/// </summary>
[Trait("Speed", "slow")]
[Collection(nameof(Alone))]
public sealed class AttackTests : IClassFixture<ContainerImage>
{
    private static readonly ProgramLimits Limits =
        new() { ProcessorTime = TimeSpan.FromSeconds(1), WallTime = TimeSpan.FromSeconds(2), Memory = 1 << 28, TotalMemory = 1 << 28 };

    /// <summary>Of the files: a head line with name and the ends that are right, and the program.</summary>
    private static IEnumerable<(string Name, string[] Expected, string Program)> Attacks =>
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Sandbox", "attacks"), "*.txt").SelectMany(
            file => File.ReadAllText(file).Split("#### ", StringSplitOptions.RemoveEmptyEntries)).Select(part =>
        {
            string[] lines = part.Split('\n', 2), head = lines[0].Split(" | ");
            return (head[0], head[1].Split(", "), lines[1]);
        });

    private static async Task<ProgramSandbox> OpenAsync(string backend)
    {
        (ProgramSandbox? sandbox, string problem) = await ProgramSandbox.TryOpenAsync(
            [TestBackends.Require(backend)], [], CancellationToken.None);
        return sandbox ?? throw new InvalidOperationException(problem);
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Names), MemberType = typeof(TestBackends))]
    public async Task Attacks_AllOfThem_AreContained(string backend)
    {
        Assert.InRange(Attacks.Count(), 110, 1000);
        string[] wrong;
        using var traces = new BoxTraces(Environment.ProcessId);
        // An ordinary user's box has the machine's own device files.
        using var host = new HostWatch(withByteLocks: BoxBackend.IsPrivileged && !backend.Contains("ordinary", StringComparison.Ordinal));
        await using (ProgramSandbox sandbox = await OpenAsync(backend))
        {
            wrong = [.. (await Task.WhenAll(Attacks.Select(async attack =>
            {
                // Where time is no right end, a slow machine gets enough of it to reach the one that is.
                ProgramLimits limits = attack.Expected.Contains(nameof(ProgramEnd.TimeLimit))
                    ? Limits
                    : Limits with { ProcessorTime = Limits.ProcessorTime * 5, WallTime = Limits.WallTime * 5 };
                ProgramResult result = await sandbox.RunAsync(
                    new SandboxedProgram { Source = attack.Program, Limits = limits }, CancellationToken.None);
                Assert.True(result.Output.Length <= Limits.Output);
                return attack.Expected.Contains($"{result.End}")
                    ? null
                    : $"{attack.Name}: {result.End} ({result.Detail}), expected {string.Join(" or ", attack.Expected)}\n";
            }))).OfType<string>()];
        }

        Assert.True(wrong.Length == 0, string.Concat(wrong));
        Assert.True(traces.Boxes > 0 || backend.StartsWith("container", StringComparison.Ordinal), "no box was seen");
        Assert.Empty(await traces.LeftAsync());
        Assert.Empty(host.Felt());
    }

    /// <summary>A program that begins before its tester does can send the tester a signal that the interpreter handles.</summary>
    [SkippableTheory]
    [MemberData(nameof(TestBackends.Names), MemberType = typeof(TestBackends))]
    public async Task Signals_ToATesterThatHasNotBegun_AreNoFailureOfTheBox(string backend)
    {
        (_, _, string program) = Assert.Single(Attacks, a => a.Name == "ends the box's first process");
        await using ProgramSandbox sandbox = await OpenAsync(backend);
        ProgramResult[] results = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => sandbox.RunAsync(
            new SandboxedProgram { Source = program, Limits = Limits }, CancellationToken.None)));
        Assert.All(results, result => Assert.Equal((ProgramEnd.Exception, "KeyboardInterrupt:"), (result.End, result.Detail)));
    }

    /// <summary>One box, one program after the other: nothing that one does reaches the next.</summary>
    [SkippableTheory]
    [MemberData(nameof(TestBackends.Names), MemberType = typeof(TestBackends))]
    public async Task Programs_OneAfterTheOther_DoNotMeet(string backend)
    {
        await using ProgramSandbox sandbox = await OpenAsync(backend);
        (string Plant, string Look)[] pairs =
        [
            ("open('x', 'w').write('x')", "import os\nassert os.listdir() == [], os.listdir()"),
            ("import builtins, os, sys, json\nbuiltins.exec = builtins.compile = builtins.open = None\n" +
                "os.fork = os.write = os._exit = json.loads = None\nsys.modules.clear()",
                "import os, json\nassert open and os.fork and json.loads('1') == 1"),
            ("import random\nrandom.seed(7)\nx = random.random()", "import random\nassert random.random() == random.Random(0).random()"),
            ("import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(600)\n    os._exit(0)",
                "import os\nfor pid in range(2, 1000):\n    try: os.kill(pid, 0)\n    except OSError: continue\n" +
                "    assert pid in (os.getpid(), os.getppid()), pid"),
            ("import ctypes\nctypes.CDLL(None).sethostname(b'mine', 4)", "import socket\nassert socket.gethostname() != 'mine'"),
            ("import os\nos.environ['PLANTED'] = '1'\nos.chdir('/usr')\nos.umask(0)\nos.nice(5)",
                "import os\nassert 'PLANTED' not in os.environ and os.getcwd() == '/tmp' and os.umask(0o77) != 0 and " +
                "os.nice(0) == os.getpriority(os.PRIO_PROCESS, os.getppid())"),
            ("import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))",
                "import resource\nassert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 256"),
        ];
        foreach ((string plant, string look) in pairs)
        {
            await sandbox.RunAsync(new SandboxedProgram { Source = plant, Limits = Limits }, CancellationToken.None);
            ProgramResult result = await sandbox.RunAsync(new SandboxedProgram { Source = look, Limits = Limits }, CancellationToken.None);
            Assert.True(result.End == ProgramEnd.Passed, $"{look}: {result.End} {result.Detail}");
        }
    }

    /// <summary>A tool outside /usr is visible in the box, read-only, and its neighbours are not.</summary>
    [SkippableTheory]
    [MemberData(nameof(TestBackends.NamesWithoutImage), MemberType = typeof(TestBackends))]
    public async Task Folder_OutsideUsr_IsSeenReadOnly(string backend)
    {
        string folder = Directory.EnumerateDirectories("/etc")
            .First(d => Directory.EnumerateFiles(d).Any() && new DirectoryInfo(d).UnixFileMode.HasFlag(
                UnixFileMode.OtherExecute | UnixFileMode.OtherRead));
        string name = Path.GetFileName(Directory.EnumerateFiles(folder).First());
        await using var sandbox = new ProgramSandbox(TestBackends.Require(backend), [folder]);
        ProgramResult result = await sandbox.RunAsync(
            new SandboxedProgram
            {
                Source =
                    $"import os\nassert '{name}' in os.listdir('{folder}') and set(os.listdir('/etc')) <= " +
                        $"{{'{Path.GetFileName(folder)}', 'ld.so.cache', 'alternatives'}}, os.listdir('/etc')\n" +
                        $"try: open('{folder}/x', 'w')\n" +
                        "except OSError: pass\nelse: assert False, 'written'",
                Limits = Limits,
            },
            CancellationToken.None);
        Assert.True(result.End == ProgramEnd.Passed, $"{result.End}: {result.Detail}");
    }

    /// <summary>No process outlives its program and its box; one that did would be found by its command line.</summary>
    [SkippableTheory]
    [MemberData(nameof(TestBackends.Names), MemberType = typeof(TestBackends))]
    public async Task Daemons_AfterTheProgramAndTheBox_AreGone(string backend)
    {
        string marker = $"left{Guid.NewGuid():N}";
        string program =
            "import os\nfor _ in range(5):\n    if os.fork() == 0:\n        os.setsid()\n" +
                $"        if os.fork() == 0: os.execv('/usr/bin/sleep', ['{marker}', '600'])\n        os._exit(0)\n";
        await using (ProgramSandbox sandbox = await OpenAsync(backend))
        {
            Assert.Equal(
                ProgramEnd.Passed,
                (await sandbox.RunAsync(new SandboxedProgram { Source = program, Limits = Limits }, CancellationToken.None)).End);
            Assert.Empty(BoxTraces.CommandsWith(marker));
            await sandbox.RunAsync(
                new SandboxedProgram { Source = program + "import time\ntime.sleep(600)", Limits = Limits }, CancellationToken.None);
        }

        Assert.Empty(BoxTraces.CommandsWith(marker));
    }
}
