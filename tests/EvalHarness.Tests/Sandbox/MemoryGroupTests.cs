using EvalHarness.Sandbox;

namespace EvalHarness.Tests.Sandbox;

/// <summary>Groups of Linux's memory controller, as the machine has it, and as made-up folders have it.</summary>
[Trait("Speed", "slow")]
[Collection(nameof(Alone))]
public sealed class MemoryGroupTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("evalharness-groups-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_root, path))!);
        File.WriteAllText(Path.Combine(_root, path), text);
    }

    private string Mounts(string kind, string options, string root = "/") =>
        $"30 25 0:26 / /proc rw - proc proc rw\n31 25 0:27 {root} {_root} rw,relatime shared:9 - {kind} {kind} rw{options}\n";

    private MemoryGroupPlace Second(string own) => MemoryGroupPlace.Find($"0::{own}\n", Mounts("cgroup2", ",nsdelegate"));

    [Theory]
    [InlineData("/", "/jobs/1", "jobs/1")]
    [InlineData("/jobs", "/jobs/1", "1")]
    [InlineData("/jobs/1", "/jobs/1", "")]
    public void Find_VersionOne_IsBelowTheOwnGroup(string root, string own, string expected)
    {
        Directory.CreateDirectory(Path.Combine(_root, expected));
        MemoryGroupPlace place = MemoryGroupPlace.Find($"4:cpu,memory:{own}\n0::/other\n", Mounts("cgroup", ",cpu,memory", root));
        Assert.Null(place.Problem);
        Assert.Equal(1, place.Version);
        using MemoryGroup group = place.Make(123456)!;
        Assert.Equal(Path.Combine(_root, expected).TrimEnd('/'), Path.GetDirectoryName(group.Folder));
        Assert.Equal("123456", File.ReadAllText(Path.Combine(group.Folder, "memory.limit_in_bytes")));
    }

    [Fact]
    public void Find_VersionTwo_TakesTheNearestGroupThatSharesItsMemoryOut()
    {
        Write("user/app/cgroup.subtree_control", "cpu memory pids\n");
        Write("user/app/shell/cgroup.subtree_control", "\n");
        Write("user/app/shell/cgroup.procs", "1\n2\n");
        Write("user/app/shell/memory.max", "max\n");
        MemoryGroupPlace place = Second("/user/app/shell");
        Assert.Null(place.Problem);
        using MemoryGroup group = place.Make(1 << 20)!;
        Assert.Equal(Path.Combine(_root, "user/app"), Path.GetDirectoryName(group.Folder));
        Assert.Equal("1048576", File.ReadAllText(Path.Combine(group.Folder, "memory.max")));
    }

    [Fact]
    public void Find_VersionTwoUnderALimit_DoesNotLeaveTheLimitBehind()
    {
        Write("user/cgroup.subtree_control", "memory\n");
        Write("user/shell/cgroup.procs", "1\n2\n");
        Write("user/shell/memory.max", "1000000\n");
        string? problem = Second("/user/shell").Problem;
        Assert.StartsWith($"{_root}/user/shell does not share its memory out", problem, StringComparison.Ordinal);
        Assert.Contains("systemd-run --user --scope -p Delegate=yes", problem, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(_root, "user/shell")));
    }

    /// <summary>A group with processes in it cannot share its memory out, so the only one moves into a group below.</summary>
    [Fact]
    public void Find_VersionTwoAloneInItsGroup_MovesBelowIt()
    {
        Write("scope/cgroup.procs", $"{Environment.ProcessId}\n");
        Write("scope/cgroup.controllers", "cpu memory\n");
        Write("scope/cgroup.subtree_control", "");
        MemoryGroupPlace place = Second("/scope");
        Assert.Null(place.Problem);
        Assert.Equal("+memory", File.ReadAllText(Path.Combine(_root, "scope/cgroup.subtree_control")));
        Assert.Contains(
            Directory.EnumerateDirectories(Path.Combine(_root, "scope")),
            d => File.Exists(Path.Combine(d, "cgroup.procs"))
                && File.ReadAllText(Path.Combine(d, "cgroup.procs")) == $"{Environment.ProcessId}");
    }

    [Theory]
    [InlineData("", "cgroup", "this kernel has no memory controller")]
    [InlineData("4:memory:/a", "tmpfs", "the memory controller is not mounted")]
    [InlineData("0::/a", "cgroup", "the memory controller is not mounted")]
    [InlineData("4:memory:/b", "cgroup", "no group can be made in ")]
    public void Find_WithoutAPlace_SaysWhy(string groups, string kind, string expected)
    {
        // A file where the own group should be.
        Write("b", "");
        MemoryGroupPlace place = MemoryGroupPlace.Find(groups, Mounts(kind, ",memory"));
        Assert.StartsWith(expected, place.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', place.Problem!);
        Assert.Null(place.Make(1));
    }

    [Fact]
    public void Find_GroupsOfProcessesThatWereKilled_AreRemoved()
    {
        Directory.CreateDirectory(Path.Combine(_root, "own"));
        using MemoryGroup alive = MemoryGroupPlace.Find("4:memory:/own", Mounts("cgroup", ",memory")).Make(1)!;
        string[] dead = [$"own/evalharness-{Environment.ProcessId}-1-1", "other/evalharness-2000000000-1-1"];
        foreach (string folder in (string[])[.. dead, "other/evalharness", "other/mine-2000000000-1-1"])
            Directory.CreateDirectory(Path.Combine(_root, folder));
        Assert.Null(MemoryGroupPlace.Find("4:memory:/own", Mounts("cgroup", ",memory")).Problem);
        Assert.All(dead, folder => Assert.False(Directory.Exists(Path.Combine(_root, folder)), folder));
        foreach (string folder in (string[])["other/evalharness", "other/mine-2000000000-1-1"])
            Assert.True(Directory.Exists(Path.Combine(_root, folder)), folder);
        Assert.True(Directory.Exists(alive.Folder));
    }

    [Theory]
    [InlineData(1, "memory.failcnt", "12\n", "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", 3)]
    [InlineData(1, "memory.failcnt", "0\n", "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", 0)]
    [InlineData(2, "memory.events", "low 0\nhigh 0\nmax 9\noom 2\noom_kill 2\noom_group_kill 0\n", "memory.max", "1", 2)]
    [InlineData(2, "memory.events", "low 0\nhigh 0\nmax 9\noom 0\noom_kill 2\noom_group_kill 0\n", "memory.max", "1", 0)]
    public void Kills_OnlyAtTheGroupsOwnLimit_Count(
        int version, string first, string firstText, string second, string secondText, int expected)
    {
        Write("group/" + first, firstText);
        Write("group/" + second, secondText);
        Assert.Equal(expected, new MemoryGroup(Path.Combine(_root, "group"), version).Kills);
    }

    /// <summary>The kernel ends the program, and the same box runs the next one. Also where nothing confines the program.</summary>
    [SkippableTheory]
    [InlineData("bwrap")]
    [InlineData("unshare")]
    [InlineData("none")]
    public async Task Box_FullGroup_IsAMemoryLimitAndTheBoxGoesOn(string name)
    {
        Skip.If(MemoryGroupPlace.Here.Problem is not null, MemoryGroupPlace.Here.Problem);
        BoxBackend backend = BoxBackend.Named(name).Single();
        Skip.If(backend.Missing() is not null, backend.Missing());
        Box box = await Box.StartAsync(backend, [], 96 << 20);
        Assert.Contains(GroupFolders(), f => f.Contains($"-{Environment.ProcessId}-", StringComparison.Ordinal));
        async Task<ProgramResult> RunAsync(string source)
        {
            var program = new SandboxedProgram { Source = source };
            BoxAnswer? answer = await box.RunAsync(
                BoxRequest.Of(program, program.Limits.WallTime), BoxTests.Of(program), CancellationToken.None);
            return Verdict.Of(answer!, program, program.Limits.WallTime);
        }

        await using (box)
        {
            Assert.Equal(ProgramEnd.Passed, (await RunAsync("x = bytearray(b'x') * (20 << 20)")).End);
            // Memory of a program, and what the kernel holds for it.
            Assert.Equal(ProgramEnd.MemoryLimit, (await RunAsync("x = bytearray(b'x') * (200 << 20)")).End);
            Assert.Equal(
                ProgramEnd.MemoryLimit,
                (await RunAsync("import os\nfor _ in range(28):\n    if os.fork() == 0: x = bytearray(b'x') * (6 << 20); " +
                    "import time; time.sleep(9)\nimport time; time.sleep(2)")).End);
            Assert.Equal(ProgramEnd.Passed, (await RunAsync("assert True")).End);
            Assert.Equal(4, box.Count);
        }

        Assert.DoesNotContain(GroupFolders(), f => f.Contains($"-{Environment.ProcessId}-", StringComparison.Ordinal));
    }

    /// <summary>All memory groups of this program on the machine.</summary>
    internal static string[] GroupFolders() =>
    [
        .. Directory.EnumerateDirectories(
            "/sys/fs/cgroup", "evalharness-*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }),
    ];
}
