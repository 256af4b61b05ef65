namespace EvalHarness.Tests.Scripts;

/// <summary>The scripts among other commands: exit codes, pipes, names, and a session that stays as it was.</summary>
public sealed class SessionTests : IDisposable
{
    private const string Text = "Größe ↑ 🙂";

    private readonly ScriptFolder _folder = new();

    [Theory]
    [InlineData(0)]
    [InlineData(12)]
    public void Bash_ExitCode_IsTheProgramsOwn(int code)
    {
        _folder.Write("caller.sh", "./run-eval.sh gate\nexit $?\n");
        string typed =
            "./run-eval.sh gate; echo $?; bash ./caller.sh; echo $?; if ./run-eval.sh gate; then echo yes; else echo no; fi; bash -e -c " +
                "'./run-eval.sh gate; true'";
        Assert.Equal((code, $"{code}\n{code}\n{(code == 0 ? "yes" : "no")}\n", ""), _folder.Run(Shell.Bash, typed, ("EXIT", $"{code}")));
    }

    [PowerShellTheory]
    [InlineData(0)]
    [InlineData(12)]
    public void PowerShell_ExitCode_IsTheProgramsOwn(int code)
    {
        _folder.Write("caller.ps1", "./run-eval.ps1 gate\nexit $LASTEXITCODE\n");
        string pwsh = $"& '{Shell.PowerShell.Program}' -NoProfile";
        (string Typed, string Expected)[] cases =
        [
            ("RUN gate", $"{code}"),
            ("./caller.ps1", $"{code}"),
            ("RUN gate; if ($?) { 'yes' } else { 'no' }", $"{(code == 0 ? "yes" : "no")} {code}"),
            ("& { $ErrorActionPreference = 'Stop'; $PSNativeCommandUseErrorActionPreference = $true; RUN gate }", $"{code}"),
            ($"{pwsh} -File RUN gate", $"{code}"),
            ($"{pwsh} -File ./caller.ps1", $"{code}"),
            ($"{pwsh} -Command 'RUN gate; exit $LASTEXITCODE'", $"{code}"),
            // Without an exit command PowerShell turns every failing code into 1.
            ($"{pwsh} -Command RUN gate", code == 0 ? "0" : "1"),
        ];
        (_, string output, string error) = _folder.RunAll(
            Shell.PowerShell, $"$env:EXIT = {code}", [.. cases.Select(c => $"{c.Typed}; $LASTEXITCODE; '.'")]);
        Assert.Equal("", error);
        Assert.Equal(cases.Select(c => c.Expected), output.Replace('\n', ' ').Split(" . ", StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Bash_Pipes_CarryText()
    {
        Assert.Equal((0, $"<{Text}>\n", ""), _folder.Run(
            Shell.Bash, $"printf 'two\\n{Text}\\n' | ./run-eval.sh show | sed 's/.*/<&/;s/$/>/'", ("READ", "1"), ("PRINT", Text)));
        Assert.Equal($"two\n{Text}\n", _folder.Input);
    }

    [PowerShellFact]
    public void PowerShell_Pipes_CarryText()
    {
        (int exitCode, string output, string error) = _folder.RunAll(
            Shell.PowerShell,
            $$"""$env:READ = 1; $env:PRINT = '{"score": 0.5, "text": "{{Text}}"}'""",
            $"'two', '{Text}' | RUN show --json | ConvertFrom-Json | ForEach-Object text; Get-Content -Raw ../notes/input",
            "@() | RUN show > out.json; (Get-Content out.json | ConvertFrom-Json).score; (Get-Content -Raw ../notes/input).Length",
            "$x = 'a' | RUN show; $x.Length -gt 20",
            "'a' | RUN show | Select-Object -First 1 | Out-Null; 'after'");
        Assert.Equal((0, $"{Text}\ntwo\n{Text}\n\n0.5\n0\nTrue\nafter\n", ""), (exitCode, output, error));
        Assert.Equal('{', (char)File.ReadAllBytes(Path.Combine(_folder.Path, "out.json"))[0]);
        Assert.Equal(0, _folder.Run(
            Shell.Bash,
            $"printf 'three\\n{Text}\\n' | {Shell.Bash.Quote(Shell.PowerShell.Program)} -NoProfile -File ./run-eval.ps1 show",
            ("READ", "1")).ExitCode);
        Assert.Equal($"three\n{Text}\n", _folder.Input);
    }

    /// <summary>The command that the program suggests next can be typed, even where the path needs quotes.</summary>
    [Fact]
    public void Bash_Name_TypedAgain_StartsTheSame() =>
        AssertNames(
            Shell.Bash, ("./run-eval.sh", "./run-eval.sh"), ("\"$PWD/run-eval.sh\"", null), ("bash run-eval.sh", "bash run-eval.sh"));

    [PowerShellFact]
    public void PowerShell_Name_TypedAgain_StartsTheSame() =>
        AssertNames(
            Shell.PowerShell, ("./run-eval.ps1", "./run-eval.ps1"), ("& \"$PWD/run-eval.ps1\"", null), ("& ./run-eval.ps1", null),
            ("& (Get-Item -LiteralPath run-eval.ps1)", null));

    [PowerShellFact]
    public void PowerShell_File_NamesItselfAsTyped()
    {
        string parent = Path.GetDirectoryName(_folder.Path)!;
        string inside = Path.Combine(Path.GetFileName(_folder.Path), "run-eval.ps1");
        Assert.Equal(0, ExternalProgram.Run(
            Shell.PowerShell.Program, ["-NoProfile", "-File", "run-eval.ps1", "a"], _folder.Path, _folder.Variables()).ExitCode);
        Assert.Equal(
            0, ExternalProgram.Run(Shell.PowerShell.Program, ["-NoProfile", "-File", inside, "a"], parent, _folder.Variables()).ExitCode);
        Assert.Equal(["pwsh -File run-eval.ps1", $"pwsh -File \"{inside}\""], _folder.Calls().Select(c => c.Command!));
    }

    /// <param name="theirs">What the variables hold that the script sets: nothing, or a value of the user.</param>
    [PowerShellTheory]
    [InlineData("$null")]
    [InlineData("'mine'")]
    public void PowerShell_Session_StaysAsItWas(string theirs)
    {
        const string state =
            "((Get-ChildItem env: | Where-Object Name -ne CALL | ForEach-Object { \"$($_.Name)=$($_.Value)\" }) + (Get-Variable | " +
                "Where-Object Name -notin '?', 'error', 'before', 'lastexitcode', '^', '$' | ForEach-Object Name) + " +
                "$PSNativeCommandArgumentPassing + $ErrorActionPreference + $PWD) -join \"`n\"";
        string[] starts =
        [
            "RUN show", "RUN test", "touch src/EvalHarness.Cli/Program.cs; RUN run --device cuda",
            "$env:BUILD_FAILS = 1; RUN run --device cpu; Remove-Item env:BUILD_FAILS", "RUN show | Out-Null", "RUN @before -- @before",
        ];
        (_, string output, string error) = _folder.RunAll(
            Shell.PowerShell,
            $"$env:EVALHARNESS_COMMAND = $env:Device = $env:DOTNET_NOLOGO = $env:DOTNET_CLI_TELEMETRY_OPTOUT = {theirs}",
            [.. starts.Select(s => $"$before = {state}; {s}; if ({state} -cne $before) {{ 'before:'; $before; 'after:'; {state} }}")]);
        Assert.True(output.Length == 0, output);
        Assert.Contains("the build failed", error, StringComparison.Ordinal);
    }

    private void AssertNames(Shell shell, params (string Typed, string? Expected)[] starts)
    {
        _folder.RunAll(shell, "", [.. starts.Select(s => $"{s.Typed} first")]);
        List<string> names = [.. Enumerable.Range(0, starts.Length).Select(i => Assert.Single(_folder.Calls(i)).Command!)];
        Assert.All(
            Enumerable.Range(0, starts.Length).Where(i => starts[i].Expected is not null), i => Assert.Equal(starts[i].Expected, names[i]));
        Assert.Equal((0, "", ""), _folder.RunAll(shell, "", [.. names.Select(n => $"{n} run --resume x")]));
        Assert.All(
            Enumerable.Range(0, starts.Length),
            i => Assert.Equal([_folder.Program, "run", "--resume", "x"], Assert.Single(_folder.Calls(i)).Arguments));
    }

    public void Dispose() => _folder.Dispose();
}
