using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Prefixes;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Planning;
using EvalHarness.Prompts;
using EvalHarness.Tokens;

namespace EvalHarness.OnnxRuntimeGenAI.Engine;

/// <summary>
/// Answers requests with an ONNX Runtime GenAI model folder. A prefix that several prompts of a task share is computed once. The tokens of
/// a completion are chosen one by one from the logits.
/// </summary>
public sealed class GenAiEngine : IEngine
{
    /// <summary>Batches are chosen only if they are estimated to be faster by this factor, since the estimate is not exact.</summary>
    private const double WorthBatching = 1.2;

    /// <summary>
    /// The number of shards for each worker if a task has completions. Their lengths differ, so a worker that is free takes the next shard.
    /// </summary>
    private const int ShardsPerWorker = 4;

    private readonly LoadedModel _model;
    private readonly GenAiOptions _options;
    private readonly WorkerPool _workers;
    private RecommendedSampling? _recommended;

    private GenAiEngine(LoadedModel model, GenAiOptions options, EngineDescription description)
    {
        (_model, _options, Description) = (model, options, description);
        _workers = new WorkerPool([.. Enumerable.Range(0, options.Workers).Select(_ => new Worker(model))]);
    }

    public EngineDescription Description { get; }

    public EngineUsage Usage => _model.Work.Usage;

    internal LoadedModel Model => _model;

    /// <summary>Loads a model, probes what it can do on the device, and hashes the files of its folder.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the model cannot be loaded on the device. <see cref="ExitCode.Usage"/>: an option is out of range.
    /// </exception>
    public static async Task<GenAiEngine> LoadAsync(string folder, GenAiOptions options, CancellationToken cancellationToken)
    {
        if (options.BatchSize is < 1 or > 32)
            throw new EvalException(ExitCode.Usage, $"--batch-size {options.BatchSize}: the runtime takes 1 to 32");
        if (options.Workers < 1 || options.Workers > Environment.ProcessorCount)
            throw new EvalException(
                ExitCode.Usage,
                $"--workers {options.Workers}: expected 1 to {Environment.ProcessorCount}, the cores of this machine");
        LoadedModel model = LoadedModel.Load(folder, options);
        if (options.BatchSize > 1 && model.Config.PadId is null)
        {
            model.Dispose();
            throw new EvalException(
                ExitCode.Model,
                $"--batch-size {options.BatchSize}: {folder}/genai_config.json has no pad_token_id to fill rows with; use --batch-size 1");
        }

        if (options.BatchSize > 1 && !model.Capabilities.Batch)
        {
            options.Announce($"--batch-size {options.BatchSize}: this model gives other completions in a batch than alone; "
                + "completions are computed one by one");
        }

        if (options.BatchSize is null && model.Capabilities.Batch)
            options = options with { Rates = options.Rates ?? RateProbe.Measure(model) };
        IReadOnlyList<ModelFile> files = await ModelFiles.HashAsync(folder, cancellationToken).ConfigureAwait(false);
        return new GenAiEngine(model, options, ModelDescription.Of(folder, options, model, files))
        {
            _recommended = RecommendedSampling.Read(folder),
        };
    }

    public Prompt Render(Prompt prompt) => prompt.Render(_model.Conversations.Render);

    public async IAsyncEnumerable<Response> RunAsync(
        IEnumerable<Request> requests,
        IReadOnlySet<RequestKey> answered,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_model.IsDisposed, this);
        if (requests.All(r => answered.Contains(r.Key)))
            yield break;
        long start = Stopwatch.GetTimestamp();
        var read = new ReadRequests(_model.Tokenizer, Render);
        RequestEncoder encoder = await Task
            .Run(() => RequestEncoder.Encode(_model.Tokenizer, _model.Window, read.Of(requests), _options.TruncateLeft), cancellationToken)
            .ConfigureAwait(false);
        if (read.Warning is { } warning)
            _options.Announce(warning);
        if (read.FirstCompletion is { } first && _recommended?.Line(first.Task, first.Options) is { } line)
        {
            _options.Announce(line);
            _recommended = null;
        }

        _model.Work.CountTokenizing(Stopwatch.GetElapsedTime(start));
        foreach (Response response in encoder.Answered.Where(r => !answered.Contains(r.Key)))
            yield return response;
        var asked = new AskedTokens(_model.Work);
        IEnumerable<WorkItem> work = Work(encoder.Encoded, request => !answered.Contains(request.Owner), asked);
        await foreach (Response response in _workers.RunAsync(work, cancellationToken).ConfigureAwait(false))
        {
            asked.Answered(response.Key);
            if (encoder.Assemble(response) is { } answer)
                yield return answer;
        }
    }

    private IEnumerable<WorkItem> Work(List<EncodedRequest> encoded, Predicate<EncodedRequest> pending, AskedTokens asked)
    {
        PrefixPlan plan = PrefixPlan.Build([.. encoded.Select(r => r.Sequence)]);
        int batchSize = BatchSize(encoded, plan);
        List<EncodedRequest> batched = batchSize > 1 || !_model.Capabilities.Append
            ? [.. encoded.Where(r => BatchGeneration.Fits(r, _model.Config))]
            : [];
        List<EncodedRequest> single = batched.Count == 0 ? encoded : [.. encoded.Except(batched)];
        PlanTokens tokens = plan.Count(i => pending(encoded[i]));
        bool shared = _model.Capabilities.Append && _options.PrefixReuse && batched.Count == 0;
        _model.Work.CountPlanned(shared ? tokens.Computed : tokens.Asked);
        asked.Expect(plan, encoded, pending);
        // The plan covers all requests, so it is of use only if none of them are computed in batches.
        return BatchGeneration.Items(batched, pending, batchSize)
            .Concat(Single(single, ReferenceEquals(single, encoded) ? plan : null, pending));
    }

    /// <summary>
    /// The number of completions in a batch. It depends on all requests of the task, also on those that have been answered, so that a
    /// resumed run makes the same choice.
    /// </summary>
    private int BatchSize(List<EncodedRequest> encoded, PrefixPlan plan)
    {
        if (!_model.Capabilities.Batch)
            return 1;
        if (_options.BatchSize is { } size)
            return size;
        GenerationRates rates = _options.Rates!;
        long completionTokens = encoded
            .Where(r => BatchGeneration.Fits(r, _model.Config))
            .Sum(r => (long)r.Options!.MaxTokens);
        if (completionTokens == 0)
            return 1;
        PlanTokens tokens = plan.Count(i => BatchGeneration.Fits(encoded[i], _model.Config));
        (double alone, double batched) = rates.Estimate(tokens, completionTokens);
        int chosen = batched * WorthBatching < alone ? rates.BatchSize : 1;
        string way = chosen > 1 ? $"in batches of {chosen}" : "one by one over shared prefixes";
        _options.Announce(string.Create(
            CultureInfo.InvariantCulture,
            $"{encoded[0].Key.Task}: completions {way} (estimated {alone:0.0} s one by one, "
            + $"{batched:0.0} s in batches of {rates.BatchSize}); force with --batch-size"));
        return chosen;
    }

    private IEnumerable<WorkItem> Single(List<EncodedRequest> requests, PrefixPlan? plan, Predicate<EncodedRequest> pending)
    {
        if (_model.Capabilities.Append && _options.PrefixReuse)
            return requests.Count == 0 ? [] : Shards(requests, plan, pending);
        ILookup<bool, EncodedRequest> byKind = requests.Where(r => pending(r)).ToLookup(r => r.Options is null);
        IEnumerable<List<EncodedRequest>> scored = byKind[true]
            .GroupBy(r => r.Sequence.Tokens, TokensComparer.Instance)
            .Select(same => same.ToList());
        if (_model.Capabilities.Append)
        {
            return scored
                .Concat(byKind[false].Select(r => (List<EncodedRequest>)[r]))
                .SelectMany(same => Shards(same, plan: null, pending));
        }

        return DirectWalk.Items(scored).Append((_, _) => byKind[false].Select(r => Response.Failed(
            r.Key,
            "this device refuses a second append, and this request needs one (a sampled completion, a repetition penalty, or a padding "
            + "token in the prompt); use --device cpu",
            r.PromptTokens)));
    }

    private IEnumerable<WorkItem> Shards(List<EncodedRequest> requests, PrefixPlan? plan, Predicate<EncodedRequest> pending)
    {
        List<PlannedSequence> sequences = [.. requests.Select(r => r.Sequence)];
        plan ??= PrefixPlan.Build(sequences);
        var planned = new PlannedRequests(requests, plan, requests.Max(r => r.Capacity(_model.Window)));
        bool completes = requests.Any(r => r.Options is not null);
        int count = _workers.Count > 1 && completes ? _workers.Count * ShardsPerWorker : _workers.Count;
        return PlanShards.Cut(plan, sequences, count, i => requests[i].Capacity(_model.Window) - sequences[i].Tokens.Length)
            .Select(shard => (WorkItem)((worker, cancellationToken) => worker.Walk(planned).Run(shard, pending, cancellationToken)));
    }

    public ValueTask DisposeAsync()
    {
        _workers.Dispose();
        _model.Dispose();
        return ValueTask.CompletedTask;
    }
}
