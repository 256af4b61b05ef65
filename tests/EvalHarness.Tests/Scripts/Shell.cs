using EvalHarness.Sandbox;

namespace EvalHarness.Tests.Scripts;

/// <summary>A shell, and the start script that is for it.</summary>
internal sealed record Shell(string Program, string[] Options, string Script)
{
    internal static Shell Bash { get; } = new("bash", ["-c"], "run-eval.sh");

    internal static Shell PowerShell { get; } = new(
        FindPowerShell() ?? "pwsh", ["-NoProfile", "-NonInteractive", "-Command"], "run-eval.ps1");

    /// <summary>Why tests in PowerShell 7 are skipped; null where it is installed.</summary>
    internal static string? PowerShellMissing { get; } =
        FindPowerShell() is null ? "needs PowerShell 7 (dotnet tool install PowerShell --version 7.6.9 --tool-path artifacts/pwsh)" : null;

    /// <summary>Runs what a person types, and ends with the exit code of its last command.</summary>
    internal (int ExitCode, string Output, string Error) Run(
        string typed, string folder, IReadOnlyDictionary<string, string?>? variables = null) =>
        ExternalProgram.Run(Program, [.. Options, this == Bash ? typed : $"{typed}\nexit $LASTEXITCODE"], folder, Quiet(variables));

    /// <summary>Variables that turn colours off, and keep PowerShell from the network.</summary>
    internal static Dictionary<string, string?> Quiet(IReadOnlyDictionary<string, string?>? variables = null) =>
        new(variables ?? new Dictionary<string, string?>())
        {
            ["NO_COLOR"] = "1",
            ["POWERSHELL_TELEMETRY_OPTOUT"] = "1",
            ["POWERSHELL_UPDATECHECK"] = "Off",
        };

    /// <summary>Quotes a text so that the shell takes it literally.</summary>
    internal string Quote(string text) => this == Bash
        ? $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'"
        : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    public override string ToString() => Path.GetFileNameWithoutExtension(Program);

    private static string? FindPowerShell() =>
        BoxBackend.Find("pwsh")
            ?? (Path.Combine(Shared.Repository, "artifacts", "pwsh", "pwsh") is var own && File.Exists(own) ? own : null);
}

/// <summary>A test in PowerShell 7; skipped, with a message, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PowerShellFactAttribute : FactAttribute
{
    /// <param name="shared">Uses <see cref="Shared"/>, too.</param>
    public PowerShellFactAttribute(bool shared = false) => Skip = (Shell.PowerShellMissing ?? (shared ? Shared.Missing : null))!;
}

/// <summary>A theory in PowerShell 7.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PowerShellTheoryAttribute : TheoryAttribute
{
    public PowerShellTheoryAttribute() => Skip = Shell.PowerShellMissing!;
}
