using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Tests.Results;

/// <summary>Two tasks over six documents each, answered from a recording; a run hands what it computes to the sinks under test.</summary>
internal static class RecordedRun
{
    internal static readonly string[] Tasks = ["tiny", "other/task"];

    /// <summary>Runs with a journal in the folder, which a later run of the same folder continues.</summary>
    internal static async Task<RunResults> ExecuteAsync(TemporaryFolder folder, params IReadOnlyList<IResultSink> sinks)
    {
        TinyData.Fill(folder);
        folder.Write("tasks/other.yaml", TinyData.Task.Replace("task: tiny", $"task: {Tasks[1]}", StringComparison.Ordinal));
        await using ReplayedRun opened = await ReplayedRun.OpenAsync(folder, Tasks);
        Manifest manifest = opened.Manifest with
        {
            Sessions = [new RunSession { Command = ["run"], Started = DateTimeOffset.UnixEpoch }],
        };
        using RunFolder written = File.Exists(folder["manifest.json"]) ? RunFolder.Continue(folder.Path) : RunFolder.Create(folder.Path);
        using Journal journal = await Journal.OpenAsync(written, manifest, TimeProvider.System, CancellationToken.None);
        await written.WriteManifestAsync(manifest);
        return await opened.Run.ExecuteAsync(opened.Engine, manifest, journal, sinks, progress: null, CancellationToken.None);
    }
}

/// <summary>Keeps what a run hands it, in the order in which it comes, and fails at one of the calls if it is told to.</summary>
internal sealed class RecordingSink(int? failingCall = null) : IResultSink
{
    internal const string Failure = "this sink was told to fail";

    private int _calls;

    internal List<(TaskDefinition Task, IReadOnlyList<SampleRow> Rows)> Samples { get; } = [];

    internal RunResults? Results { get; private set; }

    public Task<ISampleWriter> OpenSamplesAsync(TaskDefinition task, CancellationToken cancellationToken)
    {
        Count();
        Assert.Null(Results);
        return Task.FromResult<ISampleWriter>(new Writer(this, task));
    }

    private sealed class Writer(RecordingSink sink, TaskDefinition task) : ISampleWriter
    {
        private readonly List<SampleRow> _rows = [];

        public Task WriteAsync(IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken)
        {
            Assert.NotEmpty(rows);
            _rows.AddRange(rows);
            return Task.CompletedTask;
        }

        public Task CompleteAsync(CancellationToken cancellationToken)
        {
            sink.Samples.Add((task, _rows));
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    public Task WriteResultsAsync(RunResults results, CancellationToken cancellationToken)
    {
        Count();
        Assert.Null(Results);
        Results = results;
        return Task.CompletedTask;
    }

    private void Count()
    {
        if (_calls++ == failingCall)
            throw new EvalException(ExitCode.Output, Failure);
    }
}
