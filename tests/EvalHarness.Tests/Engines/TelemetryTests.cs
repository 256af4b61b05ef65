using EvalHarness.Sandbox;

namespace EvalHarness.Tests.Engines;

/// <summary>
/// Data never leaves the machine, and nothing is left on it either: the runtime's telemetry would keep events in the home folder and send
/// them.
/// </summary>
public sealed class TelemetryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string[] Arguments =>
    [
        typeof(EvalHarness.Cli.Program).Assembly.Location, "run", "--model", Shared.Model("fp32"), "--datasets", Shared.Hub,
        "--tasks", "mmlu_anatomy", "--limit", "2", "--output", _folder["run"], "--quiet",
    ];

    /// <summary>An environment with an empty home and without the variables that turn telemetry off.</summary>
    private Dictionary<string, string?> Fresh
    {
        get
        {
            string home = Directory.CreateDirectory(_folder["home"]).FullName;
            return new()
            {
                ["HOME"] = home,
                ["XDG_CACHE_HOME"] = home,
                ["XDG_CONFIG_HOME"] = home,
                ["XDG_DATA_HOME"] = home,
                ["TMPDIR"] = home,
                ["ORT_DISABLE_TELEMETRY"] = null,
                ["DOTNET_CLI_HOME"] = _folder.Path,
                ["DOTNET_EnableDiagnostics"] = "0",
            };
        }
    }

    [SharedFact]
    public void Run_EmptyHome_StaysEmpty()
    {
        (int exitCode, _, string error) = ExternalProgram.Run("dotnet", Arguments, variables: Fresh);
        Assert.True(exitCode == 0, error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["home"], "*", SearchOption.AllDirectories));
    }

    [StraceFact]
    public void Run_OpensNoSocketOfTheNetwork()
    {
        (int exitCode, _, string error) = ExternalProgram.Run(
            "strace", ["-f", "-qq", "-e", "trace=socket,execve", "-o", _folder["calls"], "dotnet", .. Arguments], variables: Fresh);
        Assert.True(exitCode == 0, error);
        string[] calls = File.ReadAllLines(_folder["calls"]);
        // strace has seen the program, because its start is among the calls.
        Assert.Contains(calls, c => c.Contains("execve(", StringComparison.Ordinal));
        Assert.DoesNotContain(calls, c => c.Contains("AF_INET", StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// Skipped, with a message, without strace, where it may not look at other processes, or without <see cref="Shared"/>.
    /// </summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class StraceFactAttribute : FactAttribute
    {
        public StraceFactAttribute() =>
            Skip = (Shared.Missing
                ?? (BoxBackend.Find("strace") is null ? "needs strace"
                    : ExternalProgram.Run("strace", ["-o", "/dev/null", "/bin/true"]).ExitCode != 0 ? "needs the right to trace processes"
                    : null))!;
    }
}
