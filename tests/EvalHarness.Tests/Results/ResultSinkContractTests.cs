using System.Collections;
using System.Text.Json.Nodes;
using EvalHarness.LmEval;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Tests.Results;

/// <summary>What every <see cref="IResultSink"/> promises, and what a run promises to each.</summary>
public sealed class ResultSinkContractTests : IDisposable
{
    /// <summary>A sink over a folder, and how its files are found and read.</summary>
    /// <param name="Type">The implementation.</param>
    /// <param name="Open">Makes the sink over a folder.</param>
    /// <param name="SamplesFile">The file of a task's samples, relative to the folder.</param>
    /// <param name="ResultsFile">The file of the results, relative to the folder.</param>
    /// <param name="ReadAsync">Document and scores of each of a task's samples, in the file's order, from the folder.</param>
    private sealed record Case(
        Type Type,
        Func<string, IResultSink> Open,
        Func<string, string> SamplesFile,
        string ResultsFile,
        Func<string, string, Task<IEnumerable<(long Document, double Score)>>> ReadAsync);

    private static readonly ModelReference Model = new("org/model", "pretrained=org/model");

    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["run folder"] = new(
            typeof(RunFolder),
            folder => new RunFolder(folder),
            task => $"samples/{FileName(task)}.parquet",
            "results.json",
            ReadParquetAsync),
        ["lm-evaluation-harness"] = new(
            typeof(LmEvalFolder),
            folder => LmEvalFolder.Create(folder, Model, DateTimeOffset.UnixEpoch),
            task => $"org__model/samples_{FileName(task)}_1970-01-01T00-00-00.000000.jsonl",
            "org__model/results_1970-01-01T00-00-00.000000.json",
            (folder, task) =>
                ReadLinesAsync(Path.Combine(folder, $"org__model/samples_{FileName(task)}_1970-01-01T00-00-00.000000.jsonl"))),
    };

    public static TheoryData<string> Sinks => [.. Cases.Keys];

    private readonly TemporaryFolder _folder = new();

    private string Target => _folder["target"];

    /// <summary>The character that a task's name may have and a file's name may not.</summary>
    private static string FileName(string task) => task.Replace('/', '_');

    private static async Task<IEnumerable<(long, double)>> ReadParquetAsync(string folder, string task) =>
        (await new RunFolder(folder).ReadSamplesAsync(task, CancellationToken.None))
            .Select(row => (row.DocumentId, Assert.Single(row.Scores, s => s.Key == "exact_match,none").Value!.Value));

    private static async Task<IEnumerable<(long, double)>> ReadLinesAsync(string file) =>
        (await File.ReadAllLinesAsync(file))
            .Select(line => JsonNode.Parse(line)!)
            .Select(l => ((long)l["doc_id"]!, (double)l["exact_match"]!));

    /// <summary>Names and contents of all files of the target, without those that a failed write has left under a temporary name.</summary>
    private Dictionary<string, string> Files() => Directory.CreateDirectory(Target).EnumerateFiles("*", SearchOption.AllDirectories)
        .Where(f => f.Extension != ".tmp")
        .ToDictionary(f => Path.GetRelativePath(Target, f.FullName), f => Convert.ToBase64String(File.ReadAllBytes(f.FullName)));

    /// <summary>What a run hands to its sinks.</summary>
    private async Task<RecordingSink> RecordAsync()
    {
        var recording = new RecordingSink();
        await RecordedRun.ExecuteAsync(_folder, recording);
        return recording;
    }

    private async Task<(IResultSink Sink, RecordingSink Recorded)> WriteAsync(string sink)
    {
        RecordingSink recorded = await RecordAsync();
        IResultSink opened = Cases[sink].Open(Target);
        await WriteAsync(opened, recorded);
        return (opened, recorded);
    }

    private static async Task WriteAsync(IResultSink sink, RecordingSink recorded)
    {
        foreach ((TaskDefinition task, IReadOnlyList<SampleRow> rows) in recorded.Samples)
            await sink.WriteSamplesAsync(task, rows, CancellationToken.None);
        await sink.WriteResultsAsync(recorded.Results!, CancellationToken.None);
    }

    [Fact]
    public void Sinks_AreAllImplementations() =>
        Assert.Equal(Implementations.Of<IResultSink>(), Cases.Values.Select(c => c.Type).OrderBy(t => t.FullName, StringComparer.Ordinal));

    [Fact]
    public async Task Run_HandsEachSinkTheSamplesTaskByTaskAndThenTheResults()
    {
        RecordingSink first = new(), second = new();
        RunResults results = await RecordedRun.ExecuteAsync(_folder, first, second);
        Assert.Equal(RecordedRun.Tasks, first.Samples.Select(s => s.Task.Name));
        Assert.All(first.Samples, s => Assert.Equal(Enumerable.Range(0, 6).Select(i => (long)i), s.Rows.Select(r => r.DocumentId)));
        Assert.All(first.Samples.SelectMany(s => s.Rows), r => Assert.Equal($"Q: What is {r.DocumentId} + {r.DocumentId}?\nA:", r.Context));
        Assert.Equal(
            first.Samples.SelectMany(s => s.Rows).Select(r => System.Text.Json.JsonSerializer.Serialize(r)),
            second.Samples.SelectMany(s => s.Rows).Select(r => System.Text.Json.JsonSerializer.Serialize(r)));
        Assert.Equal(RecordedRun.Tasks, results.Tasks.Select(t => t.Task.Name));
        Assert.Same(results, first.Results);
        Assert.Same(results, second.Results);
    }

    [Theory]
    [MemberData(nameof(Sinks))]
    public async Task Write_Everything_IsOneFilePerTaskAndOneOfResults(string sink)
    {
        (_, RecordingSink recorded) = await WriteAsync(sink);
        Assert.Equal(
            RecordedRun.Tasks.Select(Cases[sink].SamplesFile).Append(Cases[sink].ResultsFile).Order(StringComparer.Ordinal),
            Files().Keys.Order(StringComparer.Ordinal));
        foreach (string task in RecordedRun.Tasks)
            Assert.Equal(Enumerable.Range(0, 6).Select(i => ((long)i, i == 5 ? 0.0 : 1.0)), await Cases[sink].ReadAsync(Target, task));
        JsonNode results = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Target, Cases[sink].ResultsFile)))!;
        // Only files in that layout have the hashes of samples in that layout.
        Assert.Equal(sink == "run folder" ? 0 : RecordedRun.Tasks.Length, results["task_hashes"]?.AsObject().Count ?? 0);
        results.AsObject().Remove("task_hashes");
        Assert.Equal(JsonNode.Parse(RunReport.Of(recorded.Results!).ToJson())!.ToJsonString(), results.ToJsonString());
    }

    [Theory]
    [MemberData(nameof(Sinks))]
    public async Task Write_Again_ReplacesTheFiles(string sink)
    {
        (IResultSink opened, RecordingSink recorded) = await WriteAsync(sink);
        Dictionary<string, string> before = Files();
        await WriteAsync(opened, recorded);
        Assert.Equal(before, Files());
        await opened.WriteSamplesAsync(recorded.Samples[0].Task, [.. recorded.Samples[0].Rows.Take(2)], CancellationToken.None);
        Assert.Equal(2, (await Cases[sink].ReadAsync(Target, recorded.Samples[0].Task.Name)).Count());
        Assert.Equal(6, (await Cases[sink].ReadAsync(Target, recorded.Samples[1].Task.Name)).Count());
    }

    /// <summary>Rows whose enumeration fails at the third.</summary>
    private sealed class FailingRows(IReadOnlyList<SampleRow> rows) : IReadOnlyList<SampleRow>
    {
        public int Count => rows.Count;

        public SampleRow this[int index] => rows[index];

        public IEnumerator<SampleRow> GetEnumerator()
        {
            for (int i = 0; i < rows.Count; i++)
                yield return i == 2 ? throw new IOException("No space left on device") : rows[i];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    [Theory]
    [MemberData(nameof(Sinks))]
    public async Task WriteSamples_FailsOnTheWay_LeavesTheEarlierFile(string sink)
    {
        (IResultSink opened, RecordingSink recorded) = await WriteAsync(sink);
        Dictionary<string, string> before = Files();
        EvalException e = await Assert.ThrowsAsync<EvalException>(() => opened.WriteSamplesAsync(
            recorded.Samples[0].Task, new FailingRows(recorded.Samples[0].Rows), CancellationToken.None));
        Assert.Equal(ExitCode.Output, e.ExitCode);
        Assert.StartsWith(Path.Combine(Target, Cases[sink].SamplesFile(RecordedRun.Tasks[0])), e.Message, StringComparison.Ordinal);
        Assert.Equal(before, Files());
    }

    /// <summary>Folders stand where the files should.</summary>
    [Theory]
    [MemberData(nameof(Sinks))]
    public async Task Write_FileCannotBeWritten_IsAnOutputErrorThatNamesIt(string sink)
    {
        RecordingSink recorded = await RecordAsync();
        string samples = Path.Combine(Target, Cases[sink].SamplesFile("tiny")), results = Path.Combine(Target, Cases[sink].ResultsFile);
        Directory.CreateDirectory(samples);
        Directory.CreateDirectory(results);
        IResultSink opened = Cases[sink].Open(Target);
        EvalException[] errors =
        [
            await Assert.ThrowsAsync<EvalException>(
                () => opened.WriteSamplesAsync(recorded.Samples[0].Task, recorded.Samples[0].Rows, CancellationToken.None)),
            await Assert.ThrowsAsync<EvalException>(() => opened.WriteResultsAsync(recorded.Results!, CancellationToken.None)),
        ];
        Assert.All(errors, e => Assert.Equal(ExitCode.Output, e.ExitCode));
        Assert.StartsWith(samples, errors[0].Message, StringComparison.Ordinal);
        Assert.StartsWith(results, errors[1].Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Sinks))]
    public async Task Write_Cancelled_LeavesTheEarlierFileOrFinishes(string sink)
    {
        (IResultSink opened, RecordingSink recorded) = await WriteAsync(sink);
        Dictionary<string, string> before = Files();
        var cancelled = new CancellationToken(canceled: true);
        await CancelledAsync(() => opened.WriteSamplesAsync(recorded.Samples[0].Task, recorded.Samples[0].Rows, cancelled));
        await CancelledAsync(() => opened.WriteResultsAsync(recorded.Results!, cancelled));
        Assert.Equal(before, Files());

        static async Task CancelledAsync(Func<Task> write)
        {
            try
            {
                await write();
            }
            catch (OperationCanceledException)
            {
            }
        }
    }

    public static TheoryData<string, int, bool> Failures
    {
        get
        {
            var data = new TheoryData<string, int, bool>();
            foreach (string sink in Cases.Keys)
            {
                // The samples of the first task, those of the second, the results.
                for (int call = 0; call < 3; call++)
                {
                    data.Add(sink, call, true);
                    data.Add(sink, call, false);
                }
            }

            return data;
        }
    }

    /// <summary>
    /// The run stops, and a resumed run completes it without asking the engine for anything again. Sinks take a task's samples side by
    /// side, so that none has those of the task at which one failed.
    /// </summary>
    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Run_AnotherSinkFails_LosesNothingComputed(string sink, int failingCall, bool failingFirst)
    {
        IResultSink opened = Cases[sink].Open(Target);
        var failing = new RecordingSink(failingCall);
        IResultSink[] sinks = failingFirst ? [failing, opened] : [opened, failing];
        EvalException e = await Assert.ThrowsAsync<EvalException>(() => RecordedRun.ExecuteAsync(_folder, sinks));
        Assert.Equal((ExitCode.Output, RecordingSink.Failure), (e.ExitCode, e.Message));
        IEnumerable<string> written = RecordedRun.Tasks.Select(Cases[sink].SamplesFile).Append(Cases[sink].ResultsFile)
            .Take(failingCall + (failingCall == 2 && !failingFirst ? 1 : 0));
        Assert.Equal(written.Order(StringComparer.Ordinal), Files().Keys.Order(StringComparer.Ordinal));
        Assert.Equal(6 * Math.Min(failingCall + 1, 2), JournalAnswers.Keys(_folder["responses.jsonl"]).Length);

        await RecordedRun.ExecuteAsync(_folder, opened, new RecordingSink());
        JournalAnswers.AssertEachOnce(_folder["responses.jsonl"]);
        Assert.Equal(12, JournalAnswers.Keys(_folder["responses.jsonl"]).Length);
        foreach (string task in RecordedRun.Tasks)
            Assert.Equal(Enumerable.Range(0, 6).Select(i => ((long)i, i == 5 ? 0.0 : 1.0)), await Cases[sink].ReadAsync(Target, task));
        JsonNode results = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Target, Cases[sink].ResultsFile)))!["results"]!;
        Assert.All(RecordedRun.Tasks, task => Assert.Equal(5.0 / 6, (double)results[task]!["exact_match,none"]!, 12));
    }

    public void Dispose() => _folder.Dispose();
}
