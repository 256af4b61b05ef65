using EvalHarness.Tests.LlamaCpp;

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
            // The engine for GGUF files, which another test packs into the same folder, has a package of its own.
            Directory.EnumerateFiles(tool.Feed, "evalharness.*").Select(Path.GetFileName)
                .Where(f => !f!.StartsWith("EvalHarness", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
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

    /// <summary>The tool does not hold the engine for GGUF files, and gets it as a package, by the commands of its page.</summary>
    [Fact]
    public void Gguf_WithTheEnginesPackage_Runs()
    {
        string model = GgufModels.WriteTiny(_folder.Path, GgufWriter.Q4_0);
        string[] arguments = ["run", "--model", model, "--tasks", "quick_gsm8k", "--limit", "2", "--output", _folder["run"]];
        (int exitCode, _, string error) = Run(arguments);
        Assert.Equal((int)ExitCode.Environment, exitCode);
        Assert.Contains("dotnet package download EvalHarness.LlamaCpp", error, StringComparison.Ordinal);
        string[] commands =
        [
            .. DocumentationPage.Read("docs/gguf.md").Commands.SkipWhile(c => !c.StartsWith("dotnet pack", StringComparison.Ordinal)),
        ];
        Assert.Equal(3, commands.Length);
        string plugin = commands[2].Split(' ')[^1];
        string output;
        foreach (string command in commands[..2])
        {
            (exitCode, output, error) = tool.Dotnet(command);
            Assert.True(exitCode == 0, $"{command}: {output}{error}");
        }

        (exitCode, output, error) = Run([.. arguments, "--plugin", tool.File(plugin)]);
        Assert.True(exitCode == 0, error);
        Assert.Contains("| quick_gsm8k ", output, StringComparison.Ordinal);
        string package = Assert.Single(Directory.EnumerateFiles(tool.Feed, "EvalHarness.LlamaCpp.*.nupkg"));
        Assert.InRange(new FileInfo(package).Length, 1, 60_000_000);
    }

    /// <summary>The tool is not on the PATH here, so messages name it by its path.</summary>
    [Fact]
    public void Messages_NameTheToolAsItCanBeTyped()
    {
        (int exitCode, _, string error) = Run("run");
        string expected =
            $"error: --model is missing: a folder with genai_config.json, a GGUF file, or replay:FILE. See '{tool.Program} run --help'.\n";
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
                (int exitCode, string output, string error) = Dotnet(command);
                Assert.True(exitCode == 0, $"{command}: {output}{error}");
            }
        }

        /// <summary>Pack, install, start.</summary>
        internal static string[] Documented =>
        [
            .. DocumentationPage.Read("docs/getting-started.md").Commands
                .Where(c => !c.StartsWith("./run-eval.sh ", StringComparison.Ordinal)),
        ];

        /// <summary>Types a command of dotnet in the clone, where $PWD is the folder of the clone.</summary>
        internal (int ExitCode, string Output, string Error) Dotnet(string command) => _clone.Dotnet(
            [.. command.Split(' ')[1..].Select(a => a.Replace("\"$PWD", _clone[""], StringComparison.Ordinal).TrimEnd('"'))]);

        internal string File(string path) => _clone[path];

        internal string Feed => _clone["artifacts/packages"];

        internal string Program => _clone["artifacts/tool/evalharness"];

        public void Dispose() => _clone.Dispose();
    }
}
