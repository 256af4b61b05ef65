using EvalHarness.Engines;
using EvalHarness.Results;
using EvalHarness.Running;

namespace EvalHarness.Tests.Results;

/// <summary>A run over the data and tasks of a test's folder, and the engine that answers it from the recording there.</summary>
internal sealed class ReplayedRun : IAsyncDisposable
{
    private const string Recording = "answers.jsonl";

    private ReplayedRun(EvaluationRun run, ReplayEngine engine, Manifest manifest) => (Run, Engine, Manifest) = (run, engine, manifest);

    internal EvaluationRun Run { get; }

    internal ReplayEngine Engine { get; }

    /// <summary>Without a start of the run.</summary>
    internal Manifest Manifest { get; }

    /// <param name="folder">What <see cref="TinyData.Fill"/> filled.</param>
    /// <param name="tasks">The names of the tasks.</param>
    internal static async Task<ReplayedRun> OpenAsync(TemporaryFolder folder, params IReadOnlyList<string> tasks)
    {
        var options = new RunOptions
        {
            Model = $"replay:{folder[Recording]}",
            Tasks = tasks,
            Datasets = [folder["data"]],
            IncludePaths = [folder["tasks"]],
        };
        EvaluationRun run = await EvaluationRun.PrepareAsync(options, TimeProvider.System, CancellationToken.None);
        ReplayEngine engine = await ReplayEngine.LoadAsync(folder[Recording], CancellationToken.None);
        return new ReplayedRun(
            run, engine, await run.DescribeAsync(engine.Description, new Dictionary<string, string>(), CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        await Run.DisposeAsync();
    }
}
