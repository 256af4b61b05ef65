using EvalHarness.Results;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Running;

/// <summary><c>--samples</c>: documents by index, as lm-evaluation-harness has it.</summary>
public sealed class SamplesOptionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SamplesOptionTests() => TinyData.Fill(_folder);

    private async Task<IReadOnlyList<SampleRow>> SamplesAsync(params string[] options)
    {
        await CommandLine.SucceedAsync(TinyData.Run(_folder, options));
        return await RunFolder.Open(_folder["run"]).ReadSamplesAsync("tiny", CancellationToken.None);
    }

    [Theory]
    [InlineData("""{"tiny": [4, 1, 4]}""")]
    [InlineData("chosen.json")]
    public async Task Samples_AsJsonOrFile_AreRunInOrderUnderTheirIndex(string given)
    {
        string file = _folder.Write("chosen.json", """{"tiny": [1, 4]}""");
        IReadOnlyList<SampleRow> rows = await SamplesAsync("--samples", given == "chosen.json" ? file : given);
        Assert.Equal([1, 4], rows.Select(r => r.DocumentId));
        Assert.Equal(["Q: What is 1 + 1?\nA:", "Q: What is 4 + 4?\nA:"], rows.Select(r => r.Context));
        Manifest manifest = RunFolder.Open(_folder["run"]).ReadManifest();
        Assert.Equal("""{"tiny":[1,4]}""", manifest.Options.Samples);
        Assert.Equal((2, 6), (manifest.Tasks[0].Documents, manifest.Tasks[0].Available));
        // The file may go: the run has the indices, and goes on with them.
        File.Delete(file);
        await CommandLine.SucceedAsync("run", "--resume", _folder["run"]);
    }

    /// <summary>Random shots were drawn for the chosen documents alone, so that they had other prompts than in the whole run.</summary>
    [Fact]
    public async Task Samples_WithRandomShots_HaveThePromptsOfTheWholeRun()
    {
        async Task<IReadOnlyList<SampleRow>> AskedAsync(params string[] options)
        {
            // No answers are recorded for prompts with shots; the prompts stand in the samples all the same.
            await CommandLine.RunAsync(TinyData.Run(_folder, ["--num-fewshot", "1", .. options]));
            IReadOnlyList<SampleRow> rows = await RunFolder.Open(_folder["run"]).ReadSamplesAsync("tiny", CancellationToken.None);
            Directory.Delete(_folder["run"], recursive: true);
            return rows;
        }

        string[] whole = [.. (await AskedAsync()).Select(r => r.Context)];
        // There are different shots, so that others would be seen.
        Assert.True(whole.Select(context => context.Split('\n')[0]).Distinct().Count() > 1);
        IReadOnlyList<SampleRow> chosen = await AskedAsync("--samples", """{"tiny": [1, 2, 5]}""");
        Assert.Equal([whole[1], whole[2], whole[5]], chosen.Select(r => r.Context));
    }

    [Theory]
    [InlineData("""{"tiny": [6]}""", "--samples asks for document 6 of task tiny, which has 6, numbered from 0")]
    [InlineData("""{"other": [0]}""", "--samples names task other, which is not run; run are tiny")]
    [InlineData("""{"tiny": []}""", "expected JSON with a list of indices, 0 or more, for each task")]
    [InlineData("""{"tiny": [-1]}""", "expected JSON with a list of indices, 0 or more, for each task")]
    [InlineData("""{"tiny": ["a"]}""", "expected JSON with a list of indices, 0 or more, for each task")]
    [InlineData("missing.json", "--samples missing.json: cannot be read")]
    public async Task Samples_Mistake_IsOneLine(string given, string said)
    {
        CommandLineResult result = await CommandLine.RunAsync(TinyData.Run(_folder, "--samples", given));
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains(said, result.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Samples_WithLimit_IsRefused()
    {
        CommandLineResult result = await CommandLine.RunAsync(TinyData.Run(_folder, "--samples", """{"tiny": [0]}""", "--limit", "1"));
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains("--limit and --samples together", result.ErrorLine, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
