using EvalHarness.Sandbox;

namespace EvalHarness.Tests.Sandbox;

/// <summary>Each language's programs, attached to their tests as its file says, and why they end.</summary>
[Trait("Speed", "slow")]
public sealed class LanguageTests : IAsyncLifetime
{
    private readonly Dictionary<string, ProgramSandbox> _sandboxes = [];

    private async Task<ProgramResult> RunAsync(string name, string answer, string tests, TimeSpan? time = null)
    {
        Language language = LanguageReader.Get(name, "test");
        if (!_sandboxes.TryGetValue(name, out ProgramSandbox? sandbox))
            _sandboxes[name] = sandbox = await ProgramSandbox.OpenAsync("auto", [language], CancellationToken.None);
        return await sandbox.RunAsync(language, answer, tests, time ?? language.Limits.ProcessorTime, CancellationToken.None);
    }

    private static void AssertEnd(string expected, string detail, ProgramResult result)
    {
        Assert.True(expected == $"{result.End}", $"{result.End}: {result.Detail}\n{result.Output}");
        Assert.Contains(detail, result.Detail, StringComparison.Ordinal);
    }

    [ToolTheory("python3")]
    [InlineData("def f(x): return x + 1", "assert f(1) == 2", nameof(ProgramEnd.Passed), "")]
    [InlineData("def f(x): return x", "assert f(1) == 2, 'not two'", nameof(ProgramEnd.FailedAssertion), "not two")]
    [InlineData("def f(x): return y", "assert f(1) == 2", nameof(ProgramEnd.Exception), "NameError: name 'y' is not defined")]
    [InlineData("def f(:", "assert f(1) == 2", nameof(ProgramEnd.Exception), "SyntaxError: invalid syntax")]
    [InlineData("import os\nos._exit(0)", "assert False", nameof(ProgramEnd.Exited), "status 0 before its last line")]
    [InlineData("print('{{tests}} {{answer}} {{token}} {{program}}')", "assert 1", nameof(ProgramEnd.Passed), "")]
    [InlineData(
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int\n", "assert A(1) == A(1)", nameof(ProgramEnd.Passed), "A")]
    [InlineData("if __name__ == '__main__': input()\ndef f(): return __name__", "assert f() == 'builtins'", nameof(ProgramEnd.Passed), "")]
    [InlineData("print('x' * 200_000)\ndef f(): return 1", "assert f() == 1", nameof(ProgramEnd.Passed), "")]
    [InlineData("def f(): return 1", "def check(:", nameof(ProgramEnd.UnusableTests), "the tests do not compile: SyntaxError")]
    public async Task Python_Table(string answer, string tests, string expected, string detail) =>
        AssertEnd(expected, detail, await RunAsync("python", answer, tests));

    [ToolTheory("node")]
    [InlineData(
        "const f = x => x + 1;", "const assert = require('node:assert');\nassert.deepEqual(f(1), 2);", nameof(ProgramEnd.Passed), "")]
    [InlineData(
        "const f = x => x;",
        "const assert = require('node:assert');\nassert.deepEqual(f(1), 2);",
        nameof(ProgramEnd.FailedAssertion),
        "Expected values to be loosely deep-equal: 1 should loosely deep-equal 2")]
    [InlineData("const f = x => y;", "f(1);", nameof(ProgramEnd.Exception), "ReferenceError: y is not defined")]
    [InlineData("const f = x => ;", "f(1);", nameof(ProgramEnd.Exception), "SyntaxError: Unexpected token ';'")]
    [InlineData("process.exit(0);", "throw 1;", nameof(ProgramEnd.Exited), "status 0 before its last line")]
    [InlineData("process.reallyExit(0);", "throw 1;", nameof(ProgramEnd.Exited), "status 0 before its last line")]
    [InlineData("process.abort();", "throw 1;", nameof(ProgramEnd.Killed), "signal 6")]
    [InlineData("", "setTimeout(() => { throw new Error('later'); }, 10);", nameof(ProgramEnd.Exception), "Error: later")]
    [InlineData("", "Promise.reject(new Error('promised'));", nameof(ProgramEnd.Exception), "Error: promised")]
    [InlineData(
        "process.on('exit', () => { process.exitCode = 0; });", "throw new Error('no');", nameof(ProgramEnd.Exception), "Error: no")]
    [InlineData("process.emit('beforeExit'); console.log('passed');", "throw new Error('no');", nameof(ProgramEnd.Exception), "Error: no")]
    [InlineData(
        "process.listeners('beforeExit').forEach(f => f()); process.listeners('uncaughtException').forEach(f => " +
            "process.off('uncaughtException', f));",
        "throw new Error('no');",
        nameof(ProgramEnd.Exception),
        "Error: no")]
    [InlineData(
        "", "if (require.main !== module || process.argv[1] !== __filename) throw new Error('not main');", nameof(ProgramEnd.Passed), "")]
    [InlineData("const f = n => f(n + 1);", "f(0);", nameof(ProgramEnd.Exception), "RangeError: Maximum call stack size exceeded")]
    [InlineData("for (;;) console.log('x'.repeat(1000));", "", nameof(ProgramEnd.TimeLimit), "")]
    [InlineData("for (;;);", "", nameof(ProgramEnd.TimeLimit), "")]
    [InlineData("setInterval(() => {}, 1000);", "", nameof(ProgramEnd.TimeLimit), "")]
    [InlineData(
        "require('fs').readdirSync('.').forEach(f => { if (/evalharness|token|verdict/.test(f)) throw new Error(f); });",
        "",
        nameof(ProgramEnd.Passed),
        "")]
    [InlineData("require('net').connect(22, '127.0.0.1').on('connect', () => process.exit(0));", "", nameof(ProgramEnd.Exception), "EPERM")]
    [InlineData(
        "if (require('fs').existsSync('/etc/passwd') || require('fs').existsSync('/root')) throw new Error('seen');",
        "",
        nameof(ProgramEnd.Passed),
        "")]
    [InlineData(
        "const r = require('child_process').spawnSync('/bin/sh', ['-c', 'kill -9 -1']);", "", nameof(ProgramEnd.Killed), "signal 9")]
    public async Task JavaScript_Table(string answer, string tests, string expected, string detail) =>
        AssertEnd(
            expected,
            detail,
            await RunAsync("js", answer, tests, TimeSpan.FromSeconds(expected == nameof(ProgramEnd.TimeLimit) ? 2 : 20)));

    /// <summary>The memory that V8 reserves is not limited; the memory that all processes hold is.</summary>
    [ToolTheory("node")]
    [InlineData("const a = []; for (;;) a.push(Buffer.alloc(1 << 26, 1));")]
    public async Task JavaScript_Memory_IsLimited(string answer) =>
        AssertEnd(
            nameof(ProgramEnd.MemoryLimit),
            "more than 1024 MiB in all its processes",
            await RunAsync("js", answer, "", TimeSpan.FromSeconds(30)));

    private const string Open = "using System;\nusing System.Diagnostics;\nclass Problem {\n    public static long F(long x) {\n";
    private const string Close = "    }\n    public static void Main(string[] args) {\n    Debug.Assert(F((1L)) == (2L));\n    }\n\n}\n";

    [ToolTheory("dotnet")]
    [InlineData("        return x + 1;", nameof(ProgramEnd.Passed), "")]
    [InlineData("        return x;", nameof(ProgramEnd.FailedAssertion), "")]
    [InlineData("        throw new InvalidOperationException(\"no\");", nameof(ProgramEnd.Exception), "InvalidOperationException: no")]
    [InlineData("        return y;", nameof(ProgramEnd.Exception), "error CS0103: The name 'y' does not exist in the current context")]
    [InlineData("        Environment.Exit(0); return 2;", nameof(ProgramEnd.Exited), "status 0 before its last line")]
    [InlineData("        Environment.FailFast(\"x\"); return 2;", nameof(ProgramEnd.Killed), "signal 6")]
    [InlineData("        return F(x + 1);", nameof(ProgramEnd.Killed), "signal 6")]
    [InlineData("        Console.WriteLine(new string('x', 1 << 20)); return 2;", nameof(ProgramEnd.Passed), "")]
    [InlineData(
        "        var l = new System.Collections.Generic.List<byte[]>(); for (;;) { var a = new byte[1 << 24]; Array.Fill(a, (byte)1); " +
            "l.Add(a); }",
        nameof(ProgramEnd.MemoryLimit),
        "")]
    [InlineData(
        "        new System.Net.Sockets.TcpClient(\"127.0.0.1\", 22); return 2;", nameof(ProgramEnd.Exception), "Permission denied")]
    public async Task CSharp_Table(string body, string expected, string detail) =>
        AssertEnd(expected, detail, await RunAsync("cs", Open + body + "\n", Close, TimeSpan.FromSeconds(60)));

    [ToolTheory("dotnet")]
    [InlineData("for (;;) ;")]
    [InlineData("System.Threading.Thread.Sleep(-1); return 2;")]
    public async Task CSharp_WithoutEnd_RunsIntoTheTimeLimit(string body) =>
        AssertEnd(nameof(ProgramEnd.TimeLimit), "", await RunAsync("cs", Open + body + "\n", Close, TimeSpan.FromSeconds(4)));

    [Fact]
    public void Get_UnknownOrWrong_SaysWhatIsKnown()
    {
        EvalException unknown = Assert.Throws<EvalException>(() => LanguageReader.Get("cobol", "task x, language"));
        Assert.Equal(ExitCode.Task, unknown.ExitCode);
        Assert.Contains(
            "task x, language: there is no language 'cobol'; known are csharp, javascript, python",
            unknown.Message,
            StringComparison.Ordinal);
        using var folder = new TemporaryFolder();
        Assert.Contains(
            "no such key 'comand'",
            Assert.Throws<EvalException>(() => LanguageReader.Get(folder.Write("x.yaml", "language: x\ncomand: [a]"), "")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "candidate: command: missing; expected the list of the command and its arguments",
            Assert.Throws<EvalException>(() => LanguageReader.Get(
                folder.Write("x.yaml", "language: x\ncommand: [a]\ncandidate: {files: {a: b}}"), "")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "files: a: b.js: ",
            Assert.Throws<EvalException>(() => LanguageReader.Get(
                folder.Write("x.yaml", "language: x\ncommand: [a]\nfiles: {a: {file: b.js}}"), "")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "program: without a command, Python runs the answer and the tests in two processes",
            Assert.Throws<EvalException>(() => LanguageReader.Get(
                folder.Write("x.yaml", "language: x\nprogram: \"{{answer}} {{tests}}\""), "")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "limits: no such key 'time'",
            Assert.Throws<EvalException>(() => LanguageReader.Get(
                folder.Write("x.yaml", "language: x\nlimits: {time: 1}"), "")).Message,
            StringComparison.Ordinal);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (ProgramSandbox sandbox in _sandboxes.Values)
            await sandbox.DisposeAsync();
    }
}
