using System.Text.Json.Nodes;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;
using Parquet;
using Parquet.Schema;

namespace EvalHarness.Tests.Results;

/// <summary>
/// A run that the program wrote before its samples had typed columns (in the folder <c>earlier</c>, with the tasks and the recording that
/// it was made of) is read as the same run of today.
/// </summary>
public sealed class EarlierRunTests : IDisposable
{
    private static readonly string Earlier = Path.Combine(AppContext.BaseDirectory, "Results", "earlier");

    private readonly TemporaryFolder _folder = new();

    private string Old => _folder["earlier/run"];

    public EarlierRunTests()
    {
        foreach (string file in Directory.EnumerateFiles(Earlier, "*", SearchOption.AllDirectories))
        {
            string copy = _folder[Path.Combine("earlier", Path.GetRelativePath(Earlier, file))];
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <returns>The folder of the same run, as it is written now.</returns>
    private async Task<string> RunAsync(string recording)
    {
        CommandLineResult result = await CommandLine.RunAsync(
            "run", "--model", $"replay:{recording}", "--tasks", "capitals,colours", "--include-path", _folder["earlier/tasks"],
            "--output", _folder["new"], "--quiet");
        Assert.True(result.ExitCode == (int)ExitCode.SamplesErrored, result.Error);
        return _folder["new"];
    }

    /// <summary>The message of the document that errs names the task file, which lies elsewhere.</summary>
    private static async Task<IEnumerable<string>> RowsAsync(string run, string task) =>
        (await RunFolder.Open(run).ReadSamplesAsync(task, CancellationToken.None))
            .Select(row => (row with { Error = row.Error?[..10] }).ToJson());

    [Fact]
    public async Task Samples_OfTheVersionBefore_AreThoseOfToday()
    {
        string run = await RunAsync(_folder["earlier/answers.jsonl"]);
        foreach (string task in (string[])["capitals", "colours"])
        {
            Assert.Equal(await RowsAsync(run, task), await RowsAsync(Old, task));
            string[] show = ["--task", task, "--doc", "1"];
            Assert.Equal(
                (await CommandLine.SucceedAsync(["show", run, .. show])).Output,
                (await CommandLine.SucceedAsync(["show", Old, .. show])).Output);
        }

        IReadOnlyList<SampleRow> colours = await RunFolder.Open(Old).ReadSamplesAsync("colours", CancellationToken.None);
        Assert.Equal([new("acc", "none", 0, null), new("f1", "none", null, "[1,0]")], colours[2].Scores);
    }

    [Fact]
    public async Task Compare_AndReport_TakeRunsOfBothVersions()
    {
        string run = await RunAsync(_folder["earlier/answers.jsonl"]);
        JsonNode compared = JsonNode.Parse((await CommandLine.SucceedAsync("compare", Old, run, "--json")).Output)![0]!;
        JsonArray scores = compared["scores"]!.AsArray();
        Assert.Equal(["exact_match", "exact_match", "acc"], scores.Select(s => (string)s!["metric"]!));
        Assert.All(scores, s => Assert.Equal(0, (double)s!["difference"]!));
        await CommandLine.SucceedAsync("report", Old, run, "--output", _folder["both.html"]);
        string page = await File.ReadAllTextAsync(_folder["both.html"]);
        Assert.Contains(Path.GetFileName(run), page, StringComparison.Ordinal);
        Assert.Contains("colours", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Responses_OfTheVersionBefore_AreGradedAgain()
    {
        string run = await RunAsync(Path.Combine(Old, "responses.jsonl"));
        Assert.Equal(
            RunFolder.Open(Old).ReadResults().Rows.Select(r => (r.Name, r.Key, r.Value)),
            RunFolder.Open(run).ReadResults().Rows.Select(r => (r.Name, r.Key, r.Value)));
        Assert.Equal(await RowsAsync(run, "colours"), await RowsAsync(Old, "colours"));
    }

    [Fact]
    public async Task TokenLogProbabilities_OfTheVersionBefore_AreDividedByRequest()
    {
        var run = new RunFolder(_folder["tokens"]);
        await EarlierSamples.WriteAsync(
            run.SamplesFile("tiny"),
            new() { DocumentId = 0, CompletionTokens = [2, 0, 1], TokenLogProbabilities = [-1, -2, -3] },
            new() { DocumentId = 1, CompletionTokens = [2, 1], TokenLogProbabilities = [-1, -2] },
            new() { DocumentId = 2, CompletionTokens = [2] });
        var tokens = new List<IReadOnlyList<IReadOnlyList<double>>>();
        await foreach (SampleRow row in run.StreamSamplesAsync("tiny", ["token_logprobs"], CancellationToken.None))
            tokens.Add(row.TokenLogProbabilities);
        Assert.Equal([[[-1, -2], [], [-3]], [[-1, -2]], []], tokens);
    }

    [Fact]
    public async Task Samples_WithAScoreTwice_AreDamaged()
    {
        var run = new RunFolder(_folder["twice"]);
        await EarlierSamples.WriteAsync(
            run.SamplesFile("tiny"), new EarlierSamples.Row { DocumentId = 0, Scores = """{"acc,none":1.0,"acc,none":0.0}""" });
        EvalException e = await Assert.ThrowsAsync<EvalException>(() => run.ReadSamplesAsync("tiny", CancellationToken.None));
        Assert.Contains("tiny.parquet: damaged: ", e.Message, StringComparison.Ordinal);
        SampleScore score = new("acc", "none", 1, null);
        await run.WriteSamplesAsync(
            "tiny", [new SampleRow { DocumentId = 0, Scores = [score, score with { Value = 0 }] }], CancellationToken.None);
        e = await Assert.ThrowsAsync<EvalException>(() => run.ReadSamplesAsync("tiny", CancellationToken.None));
        Assert.Contains("damaged: a document has the score acc,none twice", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Samples_OfALaterVersion_SayThatThisOneDoesNotReadThem()
    {
        var run = new RunFolder(_folder["later"]);
        Directory.CreateDirectory(_folder["later/samples"]);
        using (FileStream stream = File.Create(run.SamplesFile("tiny")))
        {
            await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(new DataField<long>("doc_id")), stream);
            writer.CustomMetadata = new Dictionary<string, string> { ["evalharness.samples_version"] = "3" };
        }

        EvalException e = await Assert.ThrowsAsync<EvalException>(() => run.ReadSamplesAsync("tiny", CancellationToken.None));
        Assert.Equal(
            $"{run.SamplesFile("tiny")}: its evalharness.samples_version is 3, and this program reads 1 to 2; "
            + "read it with the version that wrote it",
            e.Message);
    }

    public void Dispose() => _folder.Dispose();
}
