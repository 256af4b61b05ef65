namespace EvalHarness.Tests.Scripts;

/// <summary>The scripts build when something has changed or another device is named, and only then.</summary>
public sealed class BuildTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    [Fact]
    public void Bash_Start_BuildsWhatChanged() => AssertBuilds(Shell.Bash);

    [PowerShellFact]
    public void PowerShell_Start_BuildsWhatChanged() => AssertBuilds(Shell.PowerShell);

    [Fact]
    public void Bash_BuildThatFails_EndsWithItsLinesAndCode8() => AssertFailure(Shell.Bash);

    [PowerShellFact]
    public void PowerShell_BuildThatFails_EndsWithItsLinesAndCode8() => AssertFailure(Shell.PowerShell);

    [Fact]
    public void Bash_Test_StartsTheSuiteUnderItsOwnName() => AssertTest(Shell.Bash);

    [PowerShellFact]
    public void PowerShell_Test_StartsTheSuiteUnderItsOwnName() => AssertTest(Shell.PowerShell);

    [Fact]
    public void Bash_TwoStartsAtOnce_BuildOnce() => AssertBuildsOnce("./run-eval.sh");

    [PowerShellFact]
    public void PowerShell_StartBesideBash_BuildsOnce() =>
        AssertBuildsOnce($"'{Shell.PowerShell.Program}' -NoProfile -File ./run-eval.ps1");

    [Fact]
    public void Bash_StartedByALink_FindsItsClone() =>
        AssertLink(
            Shell.Bash, "mkdir -p bin/deep; ln -s ../../run-eval.sh bin/deep/one; ln -s \"$PWD/bin/deep/one\" bin/two; cd bin; ./two show");

    [PowerShellFact]
    public void PowerShell_StartedByALink_FindsItsClone() =>
        AssertLink(
            Shell.PowerShell,
            "mkdir bin | Out-Null; New-Item -ItemType SymbolicLink bin/two.ps1 -Target ../run-eval.ps1 | Out-Null; cd bin; ./two.ps1 show");

    [Fact]
    public void Bash_NoDotnet_SaysSo() =>
        AssertNoDotnet(
            Shell.Bash, "mkdir tools; ln -s $(command -v bash) $(command -v dirname) tools; PATH=$PWD/tools; ./run-eval.sh show");

    [PowerShellFact]
    public void PowerShell_NoDotnet_SaysSo() => AssertNoDotnet(Shell.PowerShell, "$env:PATH = '/nowhere'; ./run-eval.ps1 show");

    private void AssertBuilds(Shell shell)
    {
        const string none = "";
        // File times advance in steps of some milliseconds.
        const string later = "sleep 0.1; ";
        (string Typed, string BuiltFor)[] starts =
        [
            ("RUN show", none),
            ($"{later}touch src/EvalHarness.Cli/Program.cs; RUN show", "cpu"),
            ("RUN show", none),
            ($"{later}touch datasets/sources.yaml; RUN show", "cpu"),
            ($"{later}touch datasets/evalharness/quick.parquet; RUN show", "cpu"),
            ($"{later}touch Directory.Build.props; RUN show", "cpu"),
            ($"{later}touch global.json; RUN show", "cpu"),
            ($"{later}touch NuGet.Config; RUN show", "cpu"),
            ($"{later}touch README.md artifacts/notes datasets/mine; RUN show", none),
            ($"{later}rm src/EvalHarness.Cli/Program.cs; RUN show", "cpu"),
            ("rm artifacts/bin/EvalHarness.Cli/release/evalharness.dll; RUN show", "cpu"),
            ("RUN run --device cuda", "cuda"),
            ("RUN run --device=cuda", none),
            ("RUN run --device directml --device", "directml"),
            ("RUN run --device=cpu", "cpu"),
            ("RUN run --device nonsense", none),
            ("RUN history --device cuda", none),
            ("RUN run --device 'cuda:0,cuda:1'", "cuda"),
            ("RUN run --device=cuda:2", none),
            // A build by hand removes this file, see EvalHarness.Cli.csproj.
            ("rm artifacts/built; RUN show", "cpu"),
        ];
        (_, string output, string error) = _folder.RunAll(shell, "", [.. starts.Select(s => s.Typed)]);
        Assert.Equal("", output);
        Assert.Equal(string.Concat(starts.Where(s => s.BuiltFor != none).Select(s => $"building for {s.BuiltFor} ...\n")), error);
        Assert.All(Enumerable.Range(0, starts.Length), i =>
        {
            IReadOnlyList<DotnetCall> calls = _folder.Calls(i);
            Assert.Equal(_folder.Program, calls[^1].Arguments[0]);
            Assert.All(calls, c => Assert.Null(c.Device));
            string[] build =
            [
                "msbuild", Path.Combine(_folder.Path, "src", "EvalHarness.Cli"), "-restore", "-p:Configuration=Release",
                $"-p:EngineDevice={starts[i].BuiltFor}", "-v:quiet", "-nologo",
            ];
            Assert.Equal(starts[i].BuiltFor == none ? [] : [build], calls.SkipLast(1).Select(c => c.Arguments));
        });
    }

    private void AssertFailure(Shell shell)
    {
        for (int turn = 0; turn < 2; turn++)
        {
            (int exitCode, string output, string error) = _folder.Run(
                shell, $"sleep 0.1; touch global.json; ./{shell.Script} show", ("BUILD_FAILS", "1"));
            Assert.Equal(
                (8, "", "building for cpu ...\nerror CS1002: ; expected\nerror: the build failed (lines above)\n"),
                (exitCode, output, error));
            Assert.Equal("msbuild", Assert.Single(_folder.Calls()).Arguments[0]);
        }
    }

    /// <summary>
    /// The test suite runs without the script's name, because tests compare messages that hold the name of the installed tool.
    /// </summary>
    private void AssertTest(Shell shell)
    {
        (int exitCode, _, string error) = _folder.Run(
            shell,
            $"sleep 0.1; touch global.json; ./{shell.Script} test --device cuda --filter 'Name~Gate' -p:Extra=1 -- xUnit.StopOnFail=true",
            ("EXIT", "3"));
        Assert.Equal((3, ""), (exitCode, error));
        DotnetCall call = Assert.Single(_folder.Calls());
        Assert.Equal(
            [
                "test", Path.Combine(_folder.Path, "EvalHarness.sln"), "-c", "Release", "-p:EngineDevice=cuda", "--filter", "Name~Gate",
                "-p:Extra=1", "--", "xUnit.StopOnFail=true",
            ],
            call.Arguments);
        Assert.Equal((null, null), (call.Command, call.Device));
    }

    /// <summary>The build of the first start ends only when the second start has said that it waits.</summary>
    private void AssertBuildsOnce(string second)
    {
        (int exitCode, _, string error) = _folder.Run(
            Shell.Bash,
            $"rm artifacts/built; (./run-eval.sh show & {second} show; wait) 2>errors; cat errors >&2",
            ("BUILD_UNTIL", "waiting"));
        Assert.Equal(0, exitCode);
        Assert.Equal(["building for cpu ...", "waiting for another build ..."], error.TrimEnd('\n').Split('\n').Order());
        Assert.Equal(["msbuild", _folder.Program, _folder.Program], _folder.Calls().Select(c => c.Arguments[0]));
    }

    private void AssertLink(Shell shell, string typed)
    {
        (int exitCode, _, string error) = _folder.Run(shell, typed);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(_folder.Program, Assert.Single(_folder.Calls()).Arguments[0]);
    }

    private void AssertNoDotnet(Shell shell, string typed)
    {
        (int exitCode, string output, string error) = _folder.Run(shell, typed);
        Assert.Equal((8, "", "error: dotnet is not on the PATH; install the .NET 10 SDK\n"), (exitCode, output, error));
    }

    public void Dispose() => _folder.Dispose();
}
