using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Running;

/// <summary>A program of one's own with an engine of one's own, which knows only what the library makes public.</summary>
public sealed class SampleEngineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("doc_to_target: label\ndoc_to_choice: choices\noutput_type: multiple_choice\nmetric_list: [{metric: acc}]", "tiny: acc 0.")]
    [InlineData("doc_to_target: answer\ngeneration_kwargs: {until: []}", "tiny: exact_match 0.")]
    public async Task Program_WithItsOwnEngine_LeavesARunFolder(string task, string said)
    {
        string head = TinyData.Task[..TinyData.Task.IndexOf("doc_to_target", StringComparison.Ordinal)];
        TinyData.Fill(_folder, $"{head}{task}");
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string program = Path.Combine(Shared.Repository, "artifacts", "bin", "SampleEngine", configuration, "SampleEngine.dll");
        (int exitCode, string output, string error) = ExternalProgram.Run(
            "dotnet", [program, "tiny", _folder["tasks"], _folder["data"], _folder["run"]], _folder.Path);
        Assert.True(exitCode == 0, error);
        Assert.StartsWith(said, output, StringComparison.Ordinal);
        Assert.Contains("| tiny |", (await CommandLine.SucceedAsync("show", _folder["run"])).Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
