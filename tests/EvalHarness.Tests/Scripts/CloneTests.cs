namespace EvalHarness.Tests.Scripts;

/// <summary>The first start in a fresh clone, with package feeds that lack what the build asks for.</summary>
[Trait("Speed", "slow")]
public sealed class CloneTests
{
    private const string Engine = "src/EvalHarness.OnnxRuntimeGenAI",
        Cuda = "Microsoft.ML.OnnxRuntimeGenAI.Cuda",
        WinML = "Microsoft.ML.OnnxRuntimeGenAI.WinML";

    /// <summary>A feed that has dropped the version that is asked for, and has the next one.</summary>
    [Fact]
    public void Start_FeedHasNewerPatchOnly_BuildsWithIt()
    {
        using var clone = new Clone("mathnet.numerics");
        string next = clone.AddNext("mathnet.numerics");
        (int exitCode, string output, string error) = clone.Start(Shell.Bash, "--version");
        Assert.Equal((0, "building for cpu ...\n"), (exitCode, error));
        Assert.StartsWith("0.1.0", output, StringComparison.Ordinal);
        Assert.Contains(
            $"MathNet.Numerics/{next}",
            File.ReadAllText(clone["artifacts/bin/EvalHarness.Cli/release/evalharness.deps.json"]),
            StringComparison.Ordinal);
    }

    /// <summary>
    /// The scripts start what they built last while this file is there; any other build into the same folder takes it away.
    /// </summary>
    [Theory]
    [InlineData("Release", false)]
    [InlineData("Debug", true)]
    public void Build_ByHand_MakesTheNextStartBuild(string configuration, bool stays)
    {
        using var clone = new Clone();
        Directory.CreateDirectory(clone["artifacts"]);
        File.WriteAllText(clone["artifacts/built"], "cpu\n");
        (int exitCode, string output, _) = clone.Dotnet(
            "msbuild", "src/EvalHarness.Cli", "-t:BeforeBuild", $"-p:Configuration={configuration}");
        Assert.True(exitCode == 0, output);
        Assert.Equal(stays, File.Exists(clone["artifacts/built"]));
    }

    [Fact]
    public void Bash_FlavourThatTheFeedLacks_EndsInOneLine() => AssertOneLine(Shell.Bash);

    [PowerShellFact]
    public void PowerShell_FlavourThatTheFeedLacks_EndsInOneLine() => AssertOneLine(Shell.PowerShell);

    /// <summary>A feed that has only another version of the package does not help.</summary>
    [Theory]
    [InlineData("cuda", Cuda, "0.17.0")]
    [InlineData("directml", WinML, null)]
    public void Build_FlavourThatTheFeedLacks_IsOneErrorThatSaysWhatToDo(string device, string package, string? other)
    {
        using var clone = new Clone(Cuda.ToLowerInvariant(), WinML.ToLowerInvariant());
        if (other is not null)
            clone.AddEmpty(package, other, "Microsoft.ML.OnnxRuntimeGenAI.Managed");
        (int exitCode, string output, _) = clone.Dotnet("build", Engine, "-c", "Release", $"-p:EngineDevice={device}");
        Assert.Equal(1, exitCode);
        // MSBuild repeats the error in its summary.
        AssertNamesPackage(
            device,
            package,
            Assert.Single(output.Split('\n').Where(l => l.Contains("error", StringComparison.Ordinal)).Select(l => l.Trim()).Distinct()));
        Assert.Contains("1 Error(s)", output, StringComparison.Ordinal);
    }

    /// <summary>The error also names the package where NuGet's messages are in another language.</summary>
    [Fact]
    public void Build_FlavourWithoutWhatItStandsOn_NamesThatPackage()
    {
        using var clone = new Clone(Cuda.ToLowerInvariant());
        clone.AddEmpty(Cuda, "0.18.0", "Microsoft.ML.OnnxRuntime.Gpu.Missing");
        (int exitCode, string output, _) = clone.Dotnet(
            ("DOTNET_CLI_UI_LANGUAGE", "de"), "build", Engine, "-c", "Release", "-p:EngineDevice=cuda");
        Assert.Equal(1, exitCode);
        Assert.Contains(
            "error : --device cuda needs the package Microsoft.ML.OnnxRuntime.Gpu.Missing, which none of",
            output,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cuda", Cuda)]
    [InlineData("directml", WinML)]
    public void Build_FlavourThatTheFeedHas_Compiles(string device, string package)
    {
        using var clone = new Clone(Cuda.ToLowerInvariant(), WinML.ToLowerInvariant());
        clone.AddEmpty(package, "0.18.0", "Microsoft.ML.OnnxRuntimeGenAI.Managed");
        (int exitCode, string output, _) = clone.Dotnet("build", Engine, "-c", "Release", $"-p:EngineDevice={device}");
        Assert.True(exitCode == 0, output);
        string dependencies = File.ReadAllText(
            clone["artifacts/bin/EvalHarness.OnnxRuntimeGenAI/release/EvalHarness.OnnxRuntimeGenAI.deps.json"]);
        Assert.Contains($"{package}/0.18.0", dependencies, StringComparison.Ordinal);
    }

    private static void AssertOneLine(Shell shell)
    {
        using var clone = new Clone(Cuda.ToLowerInvariant());
        (int exitCode, string output, string error) = clone.Start(shell, "run --model x --device cuda");
        Assert.Equal((8, ""), (exitCode, output));
        string[] lines = error.TrimEnd('\n').Split('\n');
        Assert.Equal(["building for cuda ...", "error: the build failed (lines above)"], [lines[0], lines[^1]]);
        AssertNamesPackage("cuda", Cuda, Assert.Single(lines[1..^1]));
    }

    private static void AssertNamesPackage(string device, string package, string line) =>
        Assert.Contains(
            $"error : --device {device} needs the package {package} 0.18.0, which none of this machine's package feeds has; add a feed " +
                "that has it ('dotnet nuget add source URL'), or build with -p:EngineDevice=cpu.",
            line,
            StringComparison.Ordinal);
}
