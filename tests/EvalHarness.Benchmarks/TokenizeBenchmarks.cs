using BenchmarkDotNet.Attributes;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Prompts;
using EvalHarness.Tokens;

namespace EvalHarness.Benchmarks;

/// <summary>
/// Encodes the requests of 1,000 documents with four choices each, in prompts of about 2,600 characters. The tokenizer is that of the
/// model folder that the environment variable EVALHARNESS_BENCH_MODEL names.
/// </summary>
[MemoryDiagnoser]
public class TokenizeBenchmarks
{
    private List<Request> _requests = null!;
    private LoadedModel _model = null!;

    [GlobalSetup]
    public void Setup()
    {
        _model = LoadedModel.Load(RunBenchmarks.ModelFolder(), new GenAiOptions());
        string shots = string.Join(' ', Enumerable.Range(0, 460).Select(i => $"w{i * 7919 % 9973}"));
        _requests = [.. Enumerable.Range(0, 1000).SelectMany(i =>
        {
            // The requests of a document share one string as their context, as those of PromptBuilder do.
            string context = $"{shots}\nQuestion {i}: which of these is it?\nAnswer:";
            return ((string[])[" A", " B", " C", " D"]).Select((choice, j) => (Request)new LogLikelihoodRequest
            {
                Key = new RequestKey("t", i, j),
                Prompt = context,
                Continuation = choice,
            });
        })];
    }

    [GlobalCleanup]
    public void Cleanup() => _model.Dispose();

    [Benchmark]
    public int EncodeRequests()
    {
        var encoder = new RequestEncoder(_model.Tokenizer, 8192, truncateLeft: false);
        encoder.Add(_requests);
        return encoder.Encoded.Count;
    }

    [Benchmark]
    public int EncodeRequestsOnAllCores()
    {
        using var encoded = EncodedRequests.Encode(_model.Tokenizer, 8192, _requests, truncateLeft: false);
        return encoded.Count;
    }

    /// <summary>Encodes each context with each choice once, which is the least that any encoder of requests must do.</summary>
    [Benchmark(Baseline = true)]
    public int EncodeTextsOnly() =>
        _requests.Cast<LogLikelihoodRequest>().Sum(r => _model.Tokenizer.Encode(r.Context + r.Continuation).Length);
}
