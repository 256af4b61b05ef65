using System.Diagnostics;
using EvalHarness.Sandbox;

namespace EvalHarness.Tests.Sandbox;

/// <summary>Programs that do harm, and why each of them ends.</summary>
public sealed class PythonSandboxTests
{
    private static async Task<ProgramResult> RunAsync(string program, ProgramLimits? limits = null) =>
        await (await PythonSandbox.OpenAsync(CancellationToken.None)).RunAsync(program, limits ?? new ProgramLimits(), CancellationToken.None);

    [Theory]
    [InlineData("assert 1 == 1", ProgramEnd.Passed)]
    [InlineData("assert 1 == 2, 'no'", ProgramEnd.FailedAssertion)]
    [InlineData("1 / 0", ProgramEnd.Exception)]
    [InlineData("def f(:", ProgramEnd.Exception)]
    [InlineData("import sys\nsys.exit(0)", ProgramEnd.Exception)]
    [InlineData("import os\nos._exit(0)", ProgramEnd.Exited)]
    [InlineData("import os\nos.kill(os.getpid(), 9)", ProgramEnd.Exited)]
    [InlineData("print('x' * 100); print('\\nffff passed')\nimport os; os._exit(0)", ProgramEnd.Exited)]
    [InlineData("x = bytearray(4 << 30)", ProgramEnd.MemoryLimit)]
    [InlineData("while True: print('x' * 1000)", ProgramEnd.OutputLimit)]
    [InlineData("import socket\ntry:\n    socket.create_connection(('127.0.0.1', 22), 1)\nexcept OSError: pass\nelse: assert False", ProgramEnd.Passed)]
    [InlineData("import os\nassert not os.path.exists('/etc/passwd') and not os.path.exists('/root') and not os.path.exists('/home')", ProgramEnd.Passed)]
    [InlineData("try: open('/usr/x', 'w')\nexcept OSError: pass\nelse: assert False", ProgramEnd.Passed)]
    [InlineData("import tempfile\nx = tempfile.gettempdir() + '/x'\nopen(x, 'w').write('mine')\nassert open(x).read() == 'mine'", ProgramEnd.Passed)]
    [InlineData("import tempfile\nf = open(tempfile.gettempdir() + '/x', 'w')\nwhile True: f.write('x' * 1000000)", ProgramEnd.Exception)]
    [InlineData("import os\nassert not os.path.exists('/proc/self') and not os.path.exists('/sys/kernel')", ProgramEnd.Passed)]
    [InlineData("import ctypes\nassert ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None) == -1", ProgramEnd.Passed)]
    [InlineData("import os\nassert set(os.environ) <= {'PATH', 'LC_ALL', 'HOME', 'PYTHONHASHSEED', 'PWD', 'SHLVL', '_', 'OLDPWD', 'LC_CTYPE'}, dict(os.environ)", ProgramEnd.Passed)]
    [InlineData("import math, re, json, itertools, collections, typing, hashlib, random, functools, heapq, bisect, string, copy", ProgramEnd.Passed)]
    public async Task Run_Table(string program, ProgramEnd expected)
    {
        ProgramResult result = await RunAsync(program);
        Assert.True(expected == result.End, $"{result.End}: {result.Detail}");
    }

    [Fact]
    public async Task Run_EndlessLoop_EndsByProcessorTime() =>
        Assert.Equal(ProgramEnd.TimeLimit, (await RunAsync("while True: pass", new ProgramLimits { ProcessorTime = TimeSpan.FromSeconds(1) })).End);

    [Fact]
    public async Task Run_Sleeping_EndsByWallTime() =>
        Assert.Equal(ProgramEnd.TimeLimit, (await RunAsync("import time\ntime.sleep(60)", new ProgramLimits { WallTime = TimeSpan.FromSeconds(2) })).End);

    [Fact]
    public async Task Run_ForkBomb_LeavesNothing()
    {
        string marker = $"bomb-{Guid.NewGuid():N}";
        await RunAsync($"import os\nfor _ in range(1000):\n    try:\n        if os.fork() == 0: os.execv('/usr/bin/sleep', ['{marker}', '600'])\n    except OSError: break");
        using var ps = Process.Start(new ProcessStartInfo("ps", ["-eo", "args"]) { RedirectStandardOutput = true })!;
        Assert.DoesNotContain(marker, await ps.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Many_LeaveNoFolder()
    {
        string[] Folders() => Directory.GetDirectories(Path.GetTempPath(), "evalharness-box-*");
        string[] before = Folders();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RunAsync("import tempfile\nopen(tempfile.gettempdir() + '/x', 'w').write('x')")));
        // Tests beside this one have boxes of their own for a moment; what is left over stays.
        string[] seen = [.. Folders().Except(before)];
        for (int i = 0; i < 100 && Folders().Intersect(seen).Any(); i++)
            await Task.Delay(100);
        Assert.Empty(Folders().Intersect(seen));
    }

    [Fact]
    public async Task Run_Output_IsGivenWithoutTheVerdict()
    {
        ProgramResult result = await RunAsync("print('hello')");
        Assert.Equal("hello\n", result.Output);
    }
}
