using System.Security.Cryptography;
using System.Text.Json.Nodes;
using EvalHarness.Cli.Processes;

namespace EvalHarness.Tests.Cli;

/// <summary><c>run</c> with several models.</summary>
public sealed class MatrixRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string[] Arguments(params string[] models)
    {
        TinyData.Fill(_folder);
        return
        [
            "run", .. models.SelectMany(m => (string[])["--model", m]), "--tasks", "tiny", "--include-path", _folder["tasks"],
            "--datasets", _folder["data"], "--output", _folder["all"],
        ];
    }

    private string Replay(string name, string answer) =>
        $"replay:{TinyData.WriteAnswers(_folder, name, i => answer.Length == 0 ? $"{2 * i}" : answer)}";

    [Fact]
    public async Task Run_TwoModels_RunsBothAndCompares()
    {
        CommandLineResult result = await CommandLine.SucceedAsync(Arguments(Replay("right", ""), Replay("four", "4")));
        Assert.Equal(["four", "matrix.json", "right"], Directory.GetFileSystemEntries(_folder["all"]).Select(Path.GetFileName).Order());
        Assert.Contains("-0.8333 ±", result.Output, StringComparison.Ordinal);
        Assert.Equal(2, result.Output.Split("| tiny |").Length - 1 - 1);
        Assert.Contains("model replay:", result.Error, StringComparison.Ordinal);
    }

    /// <summary>A name that each of them got would be of one model alone.</summary>
    [Fact]
    public async Task Resume_ModelIdForSeveralModels_IsRefused()
    {
        await CommandLine.SucceedAsync(Arguments(Replay("right", ""), Replay("four", "4")));
        CommandLineResult refused = await CommandLine.RunAsync("run", "--resume", _folder["all"], "--model-id", "org/name");
        Assert.Equal((int)ExitCode.Usage, refused.ExitCode);
        Assert.Contains("one name is of one model", refused.ErrorLine, StringComparison.Ordinal);
        Assert.Contains(" --model-id ORG/NAME", refused.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Json_IsOneDocument()
    {
        JsonNode all = JsonNode.Parse((await CommandLine.SucceedAsync(
            [.. Arguments(Replay("right", ""), Replay("four", "4"), Replay("six", "6")), "--json", "--quiet"])).Output)!;
        Assert.Equal([1.0, 1 / 6.0, 1 / 6.0], all["runs"]!.AsArray().Select(r => (double)r!["results"]!["tiny"]!["exact_match,none"]!));
        Assert.Equal([-5 / 6.0, -5 / 6.0], all["comparisons"]!.AsArray().Select(c => (double)c!["scores"]![0]!["difference"]!));
    }

    [Fact]
    public async Task Run_Prices_StandInTheComparison()
    {
        string prices = _folder.Write("prices.yaml", "currency: EUR\nmodels: {replay-right: {per_hour: 2}, replay-four: {per_hour: 1}}");
        string[] arguments = Arguments(Replay("right", ""), Replay("four", "4"));
        JsonNode all = JsonNode.Parse((await CommandLine.SucceedAsync([.. arguments, "--prices", prices, "--json", "--quiet"])).Output)!;
        JsonNode price = all["comparisons"]![0]!["base"]!["price"]!;
        Assert.Equal(("replay-right", 6.0), ((string)price["model"]!, (double)price["right_answers"]!));
        Assert.Equal((double)price["cost"]! / 6, (double)price["per_right_answer"]!, 1e-12);
        CommandLineResult table = await CommandLine.SucceedAsync("run", "--resume", _folder["all"], "--prices", prices);
        Assert.Matches(@"\| +Cost EUR \| +EUR per million tokens \| +EUR per right answer \|", table.Output);
    }

    /// <summary>
    /// The second model's run is missing and the first one's stands: only the second is run, and the first keeps what it measured.
    /// </summary>
    [Fact]
    public async Task Resume_OneModelMissing_RunsThatOne()
    {
        await CommandLine.SucceedAsync([.. Arguments(Replay("right", ""), Replay("four", "4")), "--quiet"]);
        Directory.Delete(_folder["all/four"], recursive: true);
        string before = File.ReadAllText(_folder["all/right/manifest.json"]);
        CommandLineResult result = await CommandLine.SucceedAsync("run", "--resume", _folder["all"]);
        Assert.Equal(2, result.Error.Split("model replay:").Length);
        Assert.Contains("-0.8333 ±", result.Output, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(_folder["all/right/manifest.json"]));
    }

    [Fact]
    public async Task Resume_FinishedRuns_ChangesNoFile()
    {
        await CommandLine.SucceedAsync([.. Arguments(Replay("right", ""), Replay("four", "4")), "--quiet"]);
        string[] Files() =>
        [
            .. Directory.EnumerateFiles(_folder["all"], "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(
                f => $"{f} {File.GetLastWriteTimeUtc(f):O} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))}"),
        ];
        string[] before = Files();
        Assert.Equal(9, before.Length);
        await CommandLine.SucceedAsync("run", "--resume", _folder["all"]);
        Assert.Equal(before, Files());
    }

    [Fact]
    public async Task Run_OneModelDoesNotLoad_TheOthersAreRunAndCompared()
    {
        Directory.CreateDirectory(_folder["broken"]);
        CommandLineResult result = await CommandLine.RunAsync(Arguments(Replay("right", ""), _folder["broken"], Replay("four", "4")));
        Assert.Equal((int)ExitCode.Model, result.ExitCode);
        Assert.Contains("genai_config.json", result.Error, StringComparison.Ordinal);
        Assert.Contains("-0.8333 ±", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_UnknownTask_IsSaidOnce()
    {
        string[] arguments = [.. Arguments(Replay("right", ""), Replay("four", "4"))];
        arguments[Array.IndexOf(arguments, "tiny")] = "nothing";
        CommandLineResult result = await CommandLine.RunAsync(arguments);
        Assert.Equal((int)ExitCode.Task, result.ExitCode);
        Assert.Equal(2, result.Error.Split("error:").Length);
    }

    [Fact]
    public async Task Run_TwoModelsOfOneName_IsRefused()
    {
        CommandLineResult result = await CommandLine.RunAsync(Arguments("a/model", "b/model"));
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains("both are called model", result.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_FolderHasAMatrix_IsRefused()
    {
        string[] arguments = Arguments(Replay("right", ""), Replay("four", "4"));
        await CommandLine.SucceedAsync([.. arguments, "--quiet"]);
        CommandLineResult result = await CommandLine.RunAsync(arguments);
        Assert.Equal((int)ExitCode.Output, result.ExitCode);
        Assert.Contains("--resume", result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>The same models with another limit are other runs: they stand beside the old ones, and only equals are compared.</summary>
    [Fact]
    public async Task Run_FolderHasAMatrixWithOtherOptions_RunsBesideIt()
    {
        string[] arguments = Arguments(Replay("right", ""), Replay("four", "4"));
        await CommandLine.SucceedAsync([.. arguments, "--quiet"]);
        string before = File.ReadAllText(_folder["all/right/manifest.json"]);
        CommandLineResult result = await CommandLine.SucceedAsync([.. arguments, "--limit", "2"]);
        string[] folders = [.. Directory.GetDirectories(_folder["all"]).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
        string hash = folders[1]["four-".Length..];
        Assert.Equal(["four", $"four-{hash}", "right", $"right-{hash}"], folders);
        Assert.Contains("-1.0000 ±", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("-0.8333 ±", result.Output, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(_folder["all/right/manifest.json"]));

        CommandLineResult all = await CommandLine.SucceedAsync("run", "--resume", _folder["all"]);
        Assert.Contains("-1.0000 ±", all.Output, StringComparison.Ordinal);
        Assert.Contains("-0.8333 ±", all.Output, StringComparison.Ordinal);
    }

    /// <summary>Models of other folders that have the same names as earlier ones get folders of their own.</summary>
    [Fact]
    public async Task Run_OtherModelsOfTheSameNames_NeverTakeEarlierFolders()
    {
        string[] sets = ["a", "b", "c"];
        foreach (string set in sets)
        {
            string right = Replay($"{set}/right", set == "a" ? "" : "7"), four = Replay($"{set}/four", set == "c" ? "" : "4");
            CommandLineResult result = await CommandLine.SucceedAsync([.. Arguments(right, four), "--quiet"]);
            Assert.Contains(set switch { "a" => "-0.8333 ±", "b" => "0.1667 ±", _ => "1.0000 ±" }, result.Output, StringComparison.Ordinal);
        }

        Assert.Equal(6, Directory.GetDirectories(_folder["all"]).Length);
    }

    /// <summary>What a complete run was made of is compared too before its results are shown again.</summary>
    [Fact]
    public async Task Resume_CompleteRunWhoseModelChanged_IsRefused()
    {
        await CommandLine.SucceedAsync([.. Arguments(Replay("right", ""), Replay("four", "4")), "--quiet"]);
        Replay("four", "5");
        CommandLineResult result = await CommandLine.RunAsync("run", "--resume", _folder["all"]);
        Assert.Equal((int)ExitCode.ResumeRefused, result.ExitCode);
        Assert.Contains("model file four differs", result.ErrorLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"runs\": null}")]
    [InlineData("{\"runs\": [null]}")]
    [InlineData("{\"runs\": []}")]
    public async Task Resume_DamagedMatrix_IsOneLine(string json)
    {
        _folder.Write("all/matrix.json", json);
        CommandLineResult result = await CommandLine.RunAsync("run", "--resume", _folder["all"]);
        Assert.Equal((int)ExitCode.Output, result.ExitCode);
        Assert.Contains("matrix.json: damaged", result.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resume_WithAnotherOption_IsRefusedByName()
    {
        await CommandLine.SucceedAsync([.. Arguments(Replay("right", ""), Replay("four", "4")), "--quiet"]);
        CommandLineResult result = await CommandLine.RunAsync("run", "--resume", _folder["all"], "--limit", "2");
        Assert.Equal((int)ExitCode.ResumeRefused, result.ExitCode);
        Assert.Contains("--limit differs: the run had none, now it is 2", result.ErrorLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData((int)ExitCode.Interrupted, false)]
    [InlineData(139, true)]
    [InlineData(-1073741819, true)]
    public void Crashed_SystemsExitCodes_AreTold(int code, bool crashed) => Assert.Equal(crashed, ChildProgram.Crashed(code));

    public void Dispose() => _folder.Dispose();
}
