using BenchmarkDotNet.Attributes;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Results;

namespace EvalHarness.Benchmarks;

/// <summary>Writes 1,000 responses with four log-probabilities each to a journal, and reads them as a resumed run does.</summary>
[MemoryDiagnoser]
public class JournalBenchmarks
{
    private const int Count = 1000;

    private readonly string _file = Path.Combine(Path.GetTempPath(), $"evalharness-journal-benchmarks-{Environment.ProcessId}.jsonl");
    private readonly (Request Request, Response Response)[] _entries = [.. Enumerable.Range(0, Count).Select(i =>
    {
        var key = new RequestKey("bench", i, 0);
        Request request = new LogLikelihoodRequest
        {
            Key = key,
            Prompt = $"Question {i}: which of these is it?\nAnswer:",
            Continuation = " A",
        };
        var response = new Response
        {
            Key = key,
            FinishReason = FinishReason.Scored,
            LogLikelihood = -i,
            IsGreedy = false,
            PromptTokens = 100,
            TokenLogProbabilities = [-0.1 * i, -0.2, -0.3, -0.4],
        };
        return (request, response);
    })];

    private Task<Journal> OpenAsync() =>
        Journal.OpenAsync(_file, new JournalChecksum(run: [], required: true), TimeProvider.System, CancellationToken.None);

    [Benchmark]
    public async Task Append()
    {
        File.Delete(_file);
        using Journal journal = await OpenAsync().ConfigureAwait(false);
        foreach ((Request request, Response response) in _entries)
            journal.Append(request, response);
    }

    [IterationSetup(Target = nameof(Read))]
    public void Fill() => Append().GetAwaiter().GetResult();

    [Benchmark]
    public async Task<int> Read()
    {
        using Journal journal = await OpenAsync().ConfigureAwait(false);
        return journal.FinishedCount;
    }

    [GlobalCleanup]
    public void Cleanup() => File.Delete(_file);
}
