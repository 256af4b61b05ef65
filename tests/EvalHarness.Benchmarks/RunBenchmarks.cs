using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Running;
using Parquet.Serialization;

namespace EvalHarness.Benchmarks;

/// <summary>
/// Times a run of MMLU's size: 14,042 documents with four choices at 5 shots, in prompts of about 2,600 characters.
/// <see cref="WholeRun"/> uses an engine that answers at once and so measures the harness alone. <see cref="ToyRun"/> loads the model
/// folder that the environment variable EVALHARNESS_BENCH_MODEL names and runs the first 100 documents.
/// </summary>
[MemoryDiagnoser]
public class RunBenchmarks
{
    private const int Count = 14_042;

    private readonly string _root = Path.Combine(Path.GetTempPath(), $"evalharness-run-benchmarks-{Environment.ProcessId}");
    private int _run;

    [GlobalSetup]
    public void Setup()
    {
        string Text(int i) => string.Join(' ', Enumerable.Range(0, 60).Select(w => $"w{((i * 7919) + w) % 99991}"));
        foreach ((string split, int count) in ((string, int)[])[("test", Count), ("dev", 5)])
        {
            string shard = Path.Combine(_root, "data", "org", "name", "main", $"{split}-00000-of-00001.parquet");
            Directory.CreateDirectory(Path.GetDirectoryName(shard)!);
            using FileStream stream = File.Create(shard);
            IEnumerable<StageBenchmarks.Row> rows = Enumerable.Range(0, count)
                .Select(i => new StageBenchmarks.Row(Text(i), [$"{i}", $"{2 * i}", $"{3 * i}", $"{4 * i}"], i % 4));
            ParquetSerializer.SerializeAsync(rows, stream).GetAwaiter().GetResult();
        }

        Directory.CreateDirectory(Path.Combine(_root, "tasks"));
        File.WriteAllText(
            Path.Combine(_root, "tasks", "bench.yaml"),
            """
            task: bench
            dataset_path: org/name
            dataset_name: main
            test_split: test
            fewshot_split: dev
            fewshot_config: {sampler: first_n}
            num_fewshot: 5
            output_type: multiple_choice
            doc_to_text: "{{question.strip()}}\nA. {{choices[0]}}\nB. {{choices[1]}}\nC. {{choices[2]}}\nD. {{choices[3]}}\nAnswer:"
            doc_to_target: answer
            doc_to_choice: ["A", "B", "C", "D"]
            """);
    }

    [GlobalCleanup]
    public void Cleanup() => Directory.Delete(_root, recursive: true);

    [Benchmark]
    public Task<int> WholeRun() => RunAsync(limit: null, () => Task.FromResult<IEngine>(new InstantEngine()));

    [Benchmark]
    public Task<int> ToyRun() => RunAsync(
        limit: 100,
        async () => await GenAiEngine.LoadAsync(ModelFolder(), new GenAiOptions(), CancellationToken.None).ConfigureAwait(false));

    internal static string ModelFolder() =>
        Environment.GetEnvironmentVariable("EVALHARNESS_BENCH_MODEL")
        ?? throw new InvalidOperationException("the environment variable EVALHARNESS_BENCH_MODEL is not set; expected a model folder");

    private async Task<int> RunAsync(int? limit, Func<Task<IEngine>> open)
    {
        var options = new RunOptions
        {
            Model = "bench",
            Tasks = ["bench"],
            Datasets = [Path.Combine(_root, "data")],
            IncludePaths = [Path.Combine(_root, "tasks")],
            Limit = limit,
        };
        EvaluationRun run = await EvaluationRun.PrepareAsync(options, TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
        await using var _ = run.ConfigureAwait(false);
        IEngine engine = await open().ConfigureAwait(false);
        await using (engine.ConfigureAwait(false))
        {
            using var folder = RunFolder.Create(Path.Combine(_root, $"run{_run++}"));
            Manifest manifest = await run
                .DescribeAsync(engine.Description, new Dictionary<string, string>(), CancellationToken.None)
                .ConfigureAwait(false);
            manifest = manifest with { Sessions = [new RunSession { Command = [], Started = DateTimeOffset.UnixEpoch }] };
            using Journal journal = await Journal
                .OpenAsync(folder, manifest, TimeProvider.System, CancellationToken.None)
                .ConfigureAwait(false);
            RunResults results = await run
                .ExecuteAsync(engine, manifest, journal, [folder], null, CancellationToken.None)
                .ConfigureAwait(false);
            return results.Tasks[0].Count;
        }
    }

    private sealed class InstantEngine : IEngine
    {
        public EngineDescription Description { get; } =
            new() { Engine = "instant", ModelPath = "", ModelName = "instant", Device = "none", Files = [] };

        public EngineUsage Usage { get; } = new();

        public Prompt Render(Prompt prompt) => prompt;

        public async IAsyncEnumerable<Response> RunAsync(
            IEnumerable<Request> requests,
            IReadOnlySet<RequestKey> answered,
            [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (Request request in requests)
            {
                yield return new Response
                {
                    Key = request.Key,
                    FinishReason = FinishReason.Scored,
                    LogLikelihood = -request.Key.Index - 1,
                    IsGreedy = false,
                };
            }

            await Task.CompletedTask.ConfigureAwait(false);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
