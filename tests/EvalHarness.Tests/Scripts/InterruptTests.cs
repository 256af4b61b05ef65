using System.Text.RegularExpressions;

namespace EvalHarness.Tests.Scripts;

/// <summary>Ctrl-C in a terminal while an evaluation runs: it stops cleanly, says how to go on, and goes on from there.</summary>
[Trait("Speed", "slow")]
[Collection(nameof(BuiltProgram))]
public sealed partial class InterruptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Journal => _folder["run/responses.jsonl"];

    private string Arguments =>
        $"run --model '{Shared.Model("int4")}' --datasets '{Shared.Hub}' --tasks gsm8k --limit 30 --output '{_folder["run"]}'";

    [TerminalFact]
    public async Task Bash_Interrupted_SaysHowToGoOn()
    {
        using var terminal = Open($"./run-eval.sh {Arguments}");
        await InterruptAsync(terminal);
        Assert.Equal(130, await terminal.EndAsync());
        AssertGoesOn(Shell.Bash, "./run-eval.sh", terminal.Output);
    }

    [TerminalFact(powerShell: true)]
    public async Task PowerShell_FileInterrupted_SaysHowToGoOn()
    {
        using var terminal = Open($"'{Shell.PowerShell.Program}' -NoProfile -File run-eval.ps1 {Arguments}");
        await InterruptAsync(terminal);
        Assert.Equal(130, await terminal.EndAsync());
        AssertGoesOn(Shell.Bash, "pwsh -File run-eval.ps1", terminal.Output);
    }

    [TerminalFact(powerShell: true)]
    public async Task PowerShell_SessionInterrupted_SaysHowToGoOnAndStaysAsItWas()
    {
        using Terminal terminal = await OpenSessionAsync();
        terminal.Type($"./run-eval.ps1 {Arguments}\r");
        await InterruptAsync(terminal);
        await EndSessionAsync(terminal, "130");
        AssertGoesOn(Shell.PowerShell, "./run-eval.ps1", terminal.Output);
    }

    /// <summary>In a pipeline PowerShell kills the program at once, and the journal has kept what was computed.</summary>
    [TerminalFact(powerShell: true)]
    public async Task PowerShell_PipelineInterrupted_LosesNothing()
    {
        using Terminal terminal = await OpenSessionAsync();
        terminal.Type($"./run-eval.ps1 {Arguments} --json | ConvertFrom-Json\r");
        await InterruptAsync(terminal);
        await EndSessionAsync(terminal, "1[0-9]+");
        AssertGoesOn(Shell.PowerShell, "./run-eval.ps1", $"continue with: ./run-eval.ps1 run --resume {_folder["run"]}\n");
    }

    /// <summary>Starts a command whose caches and settings lie in the test's folder instead of the user's.</summary>
    private Terminal Open(string command) => new(command, Shared.Repository, Shell.Quiet(new Dictionary<string, string?>
    {
        ["XDG_CACHE_HOME"] = _folder["home"],
        ["XDG_CONFIG_HOME"] = _folder["home"],
        ["XDG_DATA_HOME"] = _folder["home"],
        ["EVALHARNESS_COMMAND"] = null,
    }));

    private async Task<Terminal> OpenSessionAsync()
    {
        // PowerShell's line editor needs more than this terminal can do.
        Terminal terminal = Open(
            $"'{Shell.PowerShell.Program}' -NoProfile -NoLogo -NoExit -Command " +
                "'Remove-Module PSReadLine; function prompt { \"at \" + \"prompt>\" }'");
        await terminal.SeeAsync("at prompt>");
        return terminal;
    }

    private static async Task EndSessionAsync(Terminal terminal, string code)
    {
        terminal.Type("\"code $LASTEXITCODE, name <$env:EVALHARNESS_COMMAND>\"\r");
        await terminal.UntilAsync(() => Regex.IsMatch(terminal.Output, $"code {code}, name <>"), $"there is no code {code}");
        terminal.Type("exit 5\r");
        Assert.Equal(5, await terminal.EndAsync());
    }

    private async Task InterruptAsync(Terminal terminal)
    {
        await terminal.UntilAsync(
            () => File.Exists(Journal) && File.ReadAllText(Journal).Contains('\n', StringComparison.Ordinal), "nothing is computed");
        terminal.Type(Terminal.ControlC);
    }

    private void AssertGoesOn(Shell shell, string name, string output)
    {
        Assert.DoesNotContain(CommandLines(), l => l.Contains(_folder.Path, StringComparison.Ordinal));
        Match said = Said().Match(output);
        Assert.Equal($"{name} run --resume {_folder["run"]}", said.Groups["command"].Value);
        string computed = File.ReadAllText(Journal);
        computed = computed[..(computed.LastIndexOf('\n') + 1)];
        int lines = computed.Count(c => c == '\n');
        Assert.InRange(lines, 1, 29);
        string path = $"{Path.GetDirectoryName(Shell.PowerShell.Program)}:{Environment.GetEnvironmentVariable("PATH")}";
        (int exitCode, _, string error) = shell.Run(
            said.Groups["command"].Value, Shared.Repository, new Dictionary<string, string?> { ["PATH"] = path });
        Assert.True(exitCode == 0, error);
        Assert.Contains($"{lines} responses are already there", error, StringComparison.Ordinal);
        Assert.StartsWith(computed, File.ReadAllText(Journal), StringComparison.Ordinal);
    }

    private static IEnumerable<string> CommandLines()
    {
        foreach (string process in Directory.EnumerateDirectories("/proc").Where(p => Path.GetFileName(p).All(char.IsAsciiDigit)))
        {
            string line;
            try
            {
                line = File.ReadAllText(Path.Combine(process, "cmdline"));
            }
            catch (IOException)
            {
                // The process has ended meanwhile.
                continue;
            }

            yield return line;
        }
    }

    public void Dispose() => _folder.Dispose();

    [GeneratedRegex(@"continue with: (?<command>[^\r\n]+)")]
    private static partial Regex Said();
}

/// <summary>A test in a terminal that uses <see cref="Shared"/>; skipped, with a message, where one is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TerminalFactAttribute : FactAttribute
{
    public TerminalFactAttribute(bool powerShell = false) =>
        Skip = (Terminal.Missing ?? Shared.Missing ?? (powerShell ? Shell.PowerShellMissing : null))!;
}
