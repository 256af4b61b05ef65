namespace EvalHarness.Tests.Scripts;

/// <summary>The .NET tool, packed and installed by the documentation's commands, in an empty folder of a user who has nothing.</summary>
[Trait("Speed", "slow")]
public sealed class ToolTests(ToolTests.Installed tool) : IClassFixture<ToolTests.Installed>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Pack_EachPlatform_HasAPackageAndOnePointsToThem()
    {
        string[] platforms = ["linux-arm64", "linux-x64", "osx-arm64", "win-arm64", "win-x64"];
        Assert.Equal(
            ["evalharness.0.1.0.nupkg", .. platforms.Select(p => $"evalharness.{p}.0.1.0.nupkg")],
            Directory.EnumerateFiles(tool.Feed).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        // The package holds a model and the native libraries of one platform (ONNX Runtime's and DuckDB's, 67 MB); those of all platforms
        // have more than 300 MB.
        Assert.InRange(new FileInfo(Path.Combine(tool.Feed, "evalharness.linux-x64.0.1.0.nupkg")).Length, 1, 80_000_000);
        Assert.InRange(new FileInfo(Path.Combine(tool.Feed, "evalharness.0.1.0.nupkg")).Length, 1, 100_000);
    }

    [Fact]
    public void Quickstart_EmptyFolder_ReportsAndLeavesNothingElse()
    {
        Assert.Equal(["artifacts/tool/evalharness quickstart"], Installed.Documented[2..]);
        (int exitCode, string output, string error) = Run("quickstart");
        Assert.True(exitCode == 0, error);
        Assert.Contains("tiny-int4 against tiny-fp32", output, StringComparison.Ordinal);
        Assert.Contains("| quick_gsm8k ", output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder["work"], output.TrimEnd().Split('\n')[^1]["report: ".Length..])));
        AssertNothingElse();
    }

    [SharedFact]
    public void Run_EmptyFolder_HasItsTasks()
    {
        (int exitCode, string output, string error) = Run("run", "--model", Shared.Model("int4"), "--tasks", "quick_mmlu", "--limit", "5");
        Assert.True(exitCode == 0, error);
        Assert.Contains("| quick_mmlu ", output, StringComparison.Ordinal);
        AssertNothingElse();
    }

    /// <summary>The tool is not on the PATH here, so messages name it by its path.</summary>
    [Fact]
    public void Messages_NameTheToolAsItCanBeTyped()
    {
        (int exitCode, _, string error) = Run("run");
        string expected =
            $"error: --model is missing: a folder with genai_config.json, or replay:FILE. See '{tool.Program} run --help'.\n";
        Assert.Equal(((int)ExitCode.Usage, expected), (exitCode, error));
        Assert.Contains($"{tool.Program} run --model", Run("run", "--help").Output, StringComparison.Ordinal);
    }

    private (int ExitCode, string Output, string Error) Run(params string[] arguments)
    {
        var variables = new Dictionary<string, string?>
        {
            ["EVALHARNESS_COMMAND"] = null,
            ["HF_HOME"] = null,
            ["XDG_CACHE_HOME"] = null,
            ["XDG_CONFIG_HOME"] = null,
            ["XDG_DATA_HOME"] = null,
            ["DOTNET_CLI_HOME"] = null,
        };
        foreach ((string variable, string folder) in ((string, string)[])[("HOME", "home"), ("TMPDIR", "tmp"), ("PWD", "work")])
            variables[variable] = Directory.CreateDirectory(_folder[folder]).FullName;
        return ExternalProgram.Run(tool.Program, arguments, _folder["work"], variables);
    }

    private void AssertNothingElse()
    {
        Assert.Equal(["results"], Directory.EnumerateFileSystemEntries(_folder["work"]).Select(Path.GetFileName));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["home"], "*", SearchOption.AllDirectories));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["tmp"], "*", SearchOption.AllDirectories));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Packed from a fresh clone and installed from the packages alone, once for all tests.</summary>
    public sealed class Installed : IDisposable
    {
        private readonly Clone _clone = new();

        public Installed()
        {
            foreach (string command in Documented[..2])
            {
                (int exitCode, string output, string error) = _clone.Dotnet(command.Split(' ')[1..]);
                Assert.True(exitCode == 0, $"{command}: {output}{error}");
            }
        }

        /// <summary>Pack, install, start.</summary>
        internal static string[] Documented =>
        [
            .. DocumentationPage.Read("docs/getting-started.md").Commands
                .Where(c => !c.StartsWith("./run-eval.sh ", StringComparison.Ordinal)),
        ];

        internal string Feed => _clone["artifacts/packages"];

        internal string Program => _clone["artifacts/tool/evalharness"];

        public void Dispose() => _clone.Dispose();
    }
}
