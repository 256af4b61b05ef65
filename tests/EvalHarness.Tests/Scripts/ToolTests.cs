using System.Text.Json.Nodes;
using EvalHarness.OnnxRuntimeGenAI;

namespace EvalHarness.Tests.Scripts;

/// <summary>The README's commands for the .NET tool, in a copy of the clone, and the tool in a folder that has nothing.</summary>
[Trait("Speed", "slow")]
public sealed class ToolTests : IDisposable
{
    /// <summary>Of the package for linux-x64, in bytes.</summary>
    private const long Largest = 60_000_000;

    private readonly TemporaryFolder _folder = new();

    /// <summary>The copy of the clone, without what builds leave.</summary>
    private string Clone => _folder["clone"];

    private string Tool => Path.Combine(Clone, "artifacts", "tool", "evalharness");

    /// <summary>As for a user who has never started it: home and temporary folder are empty, and nothing says how it is called.</summary>
    private Dictionary<string, string?> Fresh => new()
    {
        ["HOME"] = _folder["home"],
        ["TMPDIR"] = _folder["temporary"],
        ["XDG_CACHE_HOME"] = null,
        ["XDG_CONFIG_HOME"] = null,
        ["XDG_DATA_HOME"] = null,
        ["ORT_DISABLE_TELEMETRY"] = null,
        ["EVALHARNESS_COMMAND"] = null,
        ["DOTNET_EnableDiagnostics"] = "0",
    };

    [Fact]
    public void Readme_PackInstallAndQuickstart_WorkInAnEmptyFolder()
    {
        foreach (string folder in (string[])["empty", "home", "temporary"])
            Directory.CreateDirectory(_folder[folder]);
        Copy(new DirectoryInfo(Shared.Repository), "src", "datasets");
        string[] commands = [.. ReadmeTests.Commands.Where(c => !c.StartsWith("./run-eval.sh ", StringComparison.Ordinal))];
        Assert.Equal(["dotnet pack", "dotnet tool", "artifacts/tool/evalharness quickstart"], commands.Select(c => string.Join(' ', c.Split(' ').Take(2))));
        foreach (string command in commands[..2])
            Succeed(ExternalProgram.Run("bash", ["-c", command], Clone), command);
        Assert.Equal(6, Directory.GetFiles(Path.Combine(Clone, "artifacts", "packages"), "*.nupkg").Length);
        Assert.InRange(new FileInfo(Directory.GetFiles(Path.Combine(Clone, "artifacts", "packages"), "evalharness.linux-x64.*.nupkg").Single()).Length, 1, Largest);

        string output = Succeed(ExternalProgram.Run("bash", ["-c", commands[2].Replace("artifacts/tool/evalharness", $"'{Tool}'", StringComparison.Ordinal)], _folder["empty"], Fresh), commands[2]);
        Assert.Contains("tiny-int4 against tiny-fp32", output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder["empty"], output.TrimEnd().Split('\n')[^1]["report: ".Length..])), output);
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(Directory.GetFiles(_folder["empty"], "manifest.json", SearchOption.AllDirectories)[0]))!;
        Assert.Equal(GenAiRuntime.Version, (string)manifest["model"]!["versions"]!["Microsoft.ML.OnnxRuntimeGenAI"]!);
        CheckQuickTaskElsewhere();
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["home"]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["temporary"]));
    }

    /// <summary>The quick tasks' shards are found beside the program, and messages name it as it was started.</summary>
    private void CheckQuickTaskElsewhere()
    {
        string model = Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-int4");
        Succeed(ExternalProgram.Run(Tool, ["run", "--model", model, "--tasks", "quick_gsm8k", "--limit", "2", "--output", "run"], _folder["empty"], Fresh), "run");
        (int exitCode, _, string error) = ExternalProgram.Run(Tool, ["run", "--modle", model], _folder["empty"], Fresh);
        Assert.Equal(2, exitCode);
        Assert.Contains("See 'evalharness run --help'.", error, StringComparison.Ordinal);
    }

    private static string Succeed((int ExitCode, string Output, string Error) result, string command)
    {
        Assert.True(result.ExitCode == 0, $"{command}: {result.Output}{result.Error}");
        return result.Output;
    }

    private void Copy(DirectoryInfo from, params string[] folders)
    {
        IEnumerable<FileInfo> inside = folders.SelectMany(f => new DirectoryInfo(Path.Combine(from.FullName, f)).EnumerateFiles("*", SearchOption.AllDirectories)).Where(f => !f.FullName.Contains("node_modules", StringComparison.Ordinal));
        foreach (FileInfo file in from.EnumerateFiles().Concat(inside))
        {
            string to = Path.Combine(Clone, Path.GetRelativePath(from.FullName, file.FullName));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            file.CopyTo(to);
        }
    }

    public void Dispose() => _folder.Dispose();
}
