using EvalHarness.Sandbox;

namespace EvalHarness.Tests.Engines;

/// <summary>Data never leaves the machine, and nothing is left on it either: the runtime's telemetry keeps its events in the home folder.</summary>
public sealed class TelemetryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [SharedFact]
    public void Run_EmptyHome_StaysEmpty()
    {
        Run(diagnostics: "0", "dotnet");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["home"], "*", SearchOption.AllDirectories));
    }

    /// <summary>Not even to ask the name of a server.</summary>
    [SocketTraceFact]
    public void Run_AllItsProcesses_OpenNoSocketToANetwork()
    {
        string trace = _folder["sockets"];
        Run(diagnostics: null, "strace", "-f", "-e", "trace=socket", "-o", trace, "dotnet");
        // That one shows that the trace is one: the runtime's own, for debuggers on this machine.
        Assert.Contains("socket(AF_UNIX", File.ReadAllText(trace), StringComparison.Ordinal);
        Assert.DoesNotContain("AF_INET", File.ReadAllText(trace), StringComparison.Ordinal);
    }

    /// <param name="diagnostics">0 without the runtime's sockets and pipes for debuggers, null with them, as by default.</param>
    /// <param name="program">What the run is started with, and its arguments.</param>
    private void Run(string? diagnostics, params string[] program)
    {
        string home = Directory.CreateDirectory(_folder["home"]).FullName;
        var variables = new Dictionary<string, string?>
        {
            // Set by the start scripts as well; this is about the program alone.
            ["ORT_DISABLE_TELEMETRY"] = null,
            ["DOTNET_CLI_HOME"] = _folder.Path,
            ["DOTNET_EnableDiagnostics"] = diagnostics,
        };
        foreach (string variable in (string[])["HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "TMPDIR"])
            variables[variable] = home;
        (int exitCode, _, string error) = ExternalProgram.Run(
            program[0],
            [.. program[1..], typeof(EvalHarness.Cli.Program).Assembly.Location, "run", "--model", Shared.Model("fp32"), "--datasets", Shared.Hub, "--tasks", "mmlu_anatomy", "--limit", "2", "--output", _folder["run"], "--quiet"],
            variables: variables);
        Assert.True(exitCode == 0, error);
    }

    public void Dispose() => _folder.Dispose();
}

/// <summary>A test that sees every socket which a program opens; skipped, with a message, where that is not allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SocketTraceFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Missing = new(() =>
        BoxBackend.Find("strace") is null ? "needs strace"
        : ExternalProgram.Run("strace", ["-f", "-e", "trace=socket", "-o", "/dev/null", "true"]).ExitCode != 0 ? "needs leave to trace programs (ptrace)"
        : Shared.Missing);

    public SocketTraceFactAttribute() => Skip = Missing.Value!;
}
