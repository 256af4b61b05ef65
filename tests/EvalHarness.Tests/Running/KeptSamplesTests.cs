using EvalHarness.Engines;
using EvalHarness.LmEval;
using EvalHarness.Results;
using EvalHarness.Tests.Results;

namespace EvalHarness.Tests.Running;

/// <summary>A start that continues a run does not grade what an earlier one has graded.</summary>
public sealed class KeptSamplesTests : IDisposable
{
    private static readonly ModelReference Model = new("m", "pretrained=m");

    private readonly TemporaryFolder _folder = new();

    private string Counter => _folder["count"];

    private int Started => File.Exists(Counter) ? File.ReadAllLines(Counter).Length : 0;

    private string Samples => _folder["run/samples/tiny.parquet"];

    public void Dispose() => _folder.Dispose();

    /// <param name="script">The lines of a grader, which notes that it was started.</param>
    private void Fill(string script)
    {
        _folder.Write("grade.sh", $"echo x >> '{Counter}'\n{script}\n");
        TinyData.Fill(_folder, TinyData.Task + $"\ngrader: command\ngrader_command: [sh, {_folder["grade.sh"]}]\n");
    }

    private const string Right = """sed -E 's/.*"id":([0-9]+).*/{"id": \1, "scores": {"exact_match": 1}}/'""";

    private const string LastErrs = """
        sed -E 's/.*"id":5.*/{"id": 5, "error": "no"}/; s/.*"id":([0-4]).*/{"id": \1, "scores": {"exact_match": 1}}/'
        """;

    /// <summary>One start of the run, which the next one continues.</summary>
    /// <returns>What it computed, the files that it wrote down, and how often the grader was started to grade.</returns>
    private async Task<(RunResults Results, IReadOnlyList<ModelFile> Files, int Graded)> StartAsync(
        IReadOnlyList<ModelFile>? earlier, params IResultSink[] others)
    {
        await using ReplayedRun opened = await ReplayedRun.OpenAsync(_folder, "tiny");
        var session = new RunSession { Command = ["run"], Started = DateTimeOffset.UnixEpoch };
        RunSession[] sessions = earlier is null ? [session] : [session with { Files = earlier }, session];
        Manifest manifest = opened.Manifest with { Sessions = sessions };
        using RunFolder folder = earlier is null ? RunFolder.Create(_folder["run"]) : RunFolder.Continue(_folder["run"]);
        using Journal journal = await Journal.OpenAsync(folder, manifest, TimeProvider.System, CancellationToken.None);
        await folder.WriteManifestAsync(manifest);
        int before = Started;
        RunResults results = await opened.Run.ExecuteAsync(
            opened.Engine, manifest, journal, [.. others, folder], progress: null, CancellationToken.None);
        return (results, opened.Run.WrittenSamples, Started - before);
    }

    private static IEnumerable<(string, double?, double?, int, int)> Metrics(RunResults results) =>
        results.Tasks.SelectMany(t => t.Metrics).Select(m => (m.Metric, m.Value, m.StandardError, m.Count, m.Errored));

    [Fact]
    public async Task Start_AfterOneThatGradedATask_TakesItsSamples()
    {
        Fill(Right);
        (RunResults first, IReadOnlyList<ModelFile> files, int graded) = await StartAsync(earlier: null);
        Assert.Equal(1, graded);
        Assert.Equal("tiny.parquet", Assert.Single(files).Name);
        byte[] samples = await File.ReadAllBytesAsync(Samples);

        (RunResults second, IReadOnlyList<ModelFile> again, int gradedAgain) = await StartAsync(files);
        Assert.Equal(0, gradedAgain);
        Assert.Equal(files, again);
        Assert.Equal(Metrics(first), Metrics(second));
        Assert.Equal((first.Tasks[0].Tokens, first.Tasks[0].Generation), (second.Tasks[0].Tokens, second.Tasks[0].Generation));
        Assert.Equal((6, 0), (second.Tasks[0].Count, second.Tasks[0].Errored));
        Assert.Equal(samples, await File.ReadAllBytesAsync(Samples));
    }

    /// <summary>Another folder that wants the samples gets them, although nothing is graded.</summary>
    [Fact]
    public async Task Start_WithAnotherSink_HandsItTheSamples()
    {
        Fill(Right);
        LmEvalFolder a = LmEvalFolder.Create(_folder["a"], Model, DateTimeOffset.UnixEpoch);
        LmEvalFolder b = LmEvalFolder.Create(_folder["b"], Model, DateTimeOffset.UnixEpoch);
        (_, IReadOnlyList<ModelFile> files, _) = await StartAsync(earlier: null, a);
        (_, _, int graded) = await StartAsync(files, b);
        Assert.Equal(0, graded);
        string name = Path.GetFileName(Assert.Single(Directory.GetFiles(_folder["a/m"], "*.jsonl")));
        Assert.Equal(await File.ReadAllTextAsync(_folder[$"a/m/{name}"]), await File.ReadAllTextAsync(_folder[$"b/m/{name}"]));
    }

    /// <summary>The task is not graded again, and its file stays as it is, beside files of today.</summary>
    [Fact]
    public async Task Start_SamplesOfTheVersionBefore_AreTaken()
    {
        Fill(Right);
        LmEvalFolder a = LmEvalFolder.Create(_folder["a"], Model, DateTimeOffset.UnixEpoch);
        LmEvalFolder b = LmEvalFolder.Create(_folder["b"], Model, DateTimeOffset.UnixEpoch);
        (RunResults first, _, _) = await StartAsync(earlier: null, a);
        IReadOnlyList<SampleRow> rows = await new RunFolder(_folder["run"]).ReadSamplesAsync("tiny", CancellationToken.None);
        await EarlierSamples.WriteAsync(Samples, rows.Select(EarlierSamples.Of));
        byte[] written = await File.ReadAllBytesAsync(Samples);
        (RunResults second, _, int graded) = await StartAsync(await ModelFiles.HashAsync(Samples, CancellationToken.None), b);
        Assert.Equal(0, graded);
        Assert.Equal(Metrics(first), Metrics(second));
        Assert.Equal(written, await File.ReadAllBytesAsync(Samples));
        string name = Path.GetFileName(Assert.Single(Directory.GetFiles(_folder["a/m"], "*.jsonl")));
        Assert.Equal(await File.ReadAllTextAsync(_folder[$"a/m/{name}"]), await File.ReadAllTextAsync(_folder[$"b/m/{name}"]));
    }

    [Fact]
    public async Task Start_SamplesThatAreOthers_GradesAgain()
    {
        Fill(Right);
        (RunResults first, IReadOnlyList<ModelFile> files, _) = await StartAsync(earlier: null);
        using (var folder = new RunFolder(_folder["run"]))
        {
            IReadOnlyList<SampleRow> rows = await folder.ReadSamplesAsync("tiny", CancellationToken.None);
            SampleRow[] wrong = [.. rows.Select(r => r with { Scores = Scores.Of(("exact_match,none", 0.0)) })];
            await folder.WriteSamplesAsync(first.Tasks[0].Task, wrong, CancellationToken.None);
        }

        (RunResults second, _, int graded) = await StartAsync(files);
        Assert.Equal(1, graded);
        Assert.Equal(Metrics(first), Metrics(second));
        File.Delete(Samples);
        Assert.Equal(1, (await StartAsync(files)).Graded);
    }

    [Fact]
    public async Task Start_ASampleThatErrored_GradesAgain()
    {
        Fill(LastErrs);
        (RunResults first, IReadOnlyList<ModelFile> files, _) = await StartAsync(earlier: null);
        Assert.Equal(1, first.Tasks[0].Errored);
        Assert.Empty(files);
        // Also where a start that finished has noted all its files.
        ModelFile noted = (await ModelFiles.HashAsync(Samples, CancellationToken.None))[0];
        Assert.Equal(1, (await StartAsync([noted])).Graded);
    }

    [Fact]
    public async Task Start_AnAnswerThatIsMissing_AsksAndGradesAgain()
    {
        Fill(Right);
        (RunResults first, IReadOnlyList<ModelFile> files, _) = await StartAsync(earlier: null);
        string journal = _folder["run/responses.jsonl"];
        await File.WriteAllLinesAsync(journal, File.ReadLines(journal).Skip(1).ToList());
        (RunResults second, _, int graded) = await StartAsync(files);
        Assert.Equal(1, graded);
        Assert.Equal(Metrics(first), Metrics(second));
        Assert.Equal(6, File.ReadLines(journal).Count());
    }
}
