using System.Diagnostics;

namespace EvalHarness.Tests.Engines;

/// <summary>Data never leaves the machine, and nothing is left on it either: the runtime's telemetry keeps its events in the home folder.</summary>
public sealed class TelemetryTests
{
    [SharedFact]
    public async Task Run_EmptyHome_StaysEmpty()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["home"]);
        var start = new ProcessStartInfo(
            "dotnet",
            [typeof(EvalHarness.Cli.Program).Assembly.Location, "run", "--model", Shared.Model("fp32"), "--datasets", Shared.Hub, "--tasks", "mmlu_anatomy", "--limit", "2", "--output", folder["run"], "--quiet"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string variable in (string[])["HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "TMPDIR"])
            start.Environment[variable] = folder["home"];
        // Set by the start scripts as well; this is about the program alone.
        start.Environment.Remove("ORT_DISABLE_TELEMETRY");
        start.Environment["DOTNET_CLI_HOME"] = folder.Path;
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        using Process process = Process.Start(start)!;
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["home"], "*", SearchOption.AllDirectories));
    }
}
