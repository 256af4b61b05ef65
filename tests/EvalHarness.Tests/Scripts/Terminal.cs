using System.Diagnostics;
using System.Text;
using EvalHarness.Sandbox;

namespace EvalHarness.Tests.Scripts;

/// <summary>
/// A program in a terminal of its own, made by script(1). What is typed goes the way of a person's keys: Ctrl-C to all that runs in it.
/// </summary>
internal sealed class Terminal : IDisposable
{
    internal const string ControlC = "\x03";

    /// <summary>How long a test waits before it is called hung; no test measures time by it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Task _reading;

    internal Terminal(string command, string folder, IReadOnlyDictionary<string, string?> variables)
    {
        // A test run in the background ignores Ctrl-C, and the programs that it starts inherit that.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "script", "-qefc", $"exec {command}", "/dev/null"])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach ((string name, string? value) in variables)
            start.Environment[name] = value;
        start.Environment["SHELL"] = "/bin/sh";
        start.Environment["TERM"] = "xterm";
        _process = Process.Start(start)!;
        _reading = ReadAsync();
    }

    /// <summary>Why tests in a terminal are skipped; null where one can be made.</summary>
    internal static string? Missing { get; } = BoxBackend.Find("script") is null ? "needs script, of util-linux" : null;

    internal string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    internal void Type(string keys)
    {
        _process.StandardInput.Write(keys);
        _process.StandardInput.Flush();
    }

    internal Task SeeAsync(string text) => UntilAsync(() => Output.Contains(text, StringComparison.Ordinal), $"'{text}' is not to be seen");

    internal async Task UntilAsync(Func<bool> condition, string otherwise)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.False(_process.HasExited && !condition(), $"{otherwise}, and the program has ended: {Output}");
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, $"{otherwise}: {Output}");
            await Task.Delay(20);
        }
    }

    /// <returns>The exit code of the program.</returns>
    internal async Task<int> EndAsync()
    {
        await UntilAsync(() => _process.HasExited, "the program does not end");
        await _reading;
        return _process.ExitCode;
    }

    /// <summary>Collects the output, and answers as a terminal does when the program asks where the cursor is.</summary>
    private async Task ReadAsync()
    {
        char[] buffer = new char[4096];
        while (await _process.StandardOutput.ReadAsync(buffer) is > 0 and int read)
        {
            string text = new(buffer, 0, read);
            lock (_output)
                _output.Append(text);
            const string asked = "\x1b[6n";
            for (int i = text.IndexOf(asked, StringComparison.Ordinal); i >= 0; i = text.IndexOf(asked, i + 1, StringComparison.Ordinal))
                Type("\x1b[1;1R");
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
