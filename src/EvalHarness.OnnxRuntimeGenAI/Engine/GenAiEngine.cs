using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
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

    /// <summary>The engine whose model this one computes on, if nobody else will dispose it.</summary>
    private GenAiEngine? _base;

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
        AdapterFile? adapter = options.Adapter is { } file ? AdapterFile.ReadFor(folder, file) : null;
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
        var engine = new GenAiEngine(model, options, ModelDescription.Of(folder, options, model, files))
        {
            _recommended = RecommendedSampling.Read(folder),
        };
        if (adapter is null)
            return engine;
        try
        {
            GenAiEngine adapted = await engine.ShareAsync(adapter, options.Announce, cancellationToken).ConfigureAwait(false);
            adapted._base = engine;
            return adapted;
        }
        catch
        {
            await engine.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// An engine on this one's model, whose weights are not loaded again. Nothing that one of the two has computed is used by the other.
    /// Both choose between batches and shared prefixes by the same rates. It must be disposed before this engine.
    /// </summary>
    /// <param name="adapter">What it computes with; null for the model as it is.</param>
    /// <param name="announce">Receives one line of text for each choice that the new engine makes.</param>
    /// <param name="cancellationToken">Cancels hashing the adapter.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the adapter cannot be used, or takes no part.</exception>
    internal async Task<GenAiEngine> ShareAsync(AdapterFile? adapter, Action<string> announce, CancellationToken cancellationToken)
    {
        ModelFile? file = adapter is null
            ? null
            : (await ModelFiles.HashAsync(adapter.Path, cancellationToken).ConfigureAwait(false))[0];
        LoadedModel model = _model.With(adapter);
        if (model.Proof is { } proof)
            announce(proof.Line);
        EngineDescription description = file is null ? Description : ModelDescription.Of(Description, model, adapter!, file);
        return new GenAiEngine(model, _options with { Announce = announce }, description) { _recommended = _recommended };
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
        using EncodedRequests encoded = await Task.Run(() => Encode(read.Of(requests)), cancellationToken).ConfigureAwait(false);
        if (read.Warning is { } warning)
            _options.Announce(warning);
        if (read.FirstCompletion is { } first && _recommended?.Line(first.Task, first.Options) is { } line)
        {
            _options.Announce(line);
            _recommended = null;
        }

        _model.Work.CountTokenizing(Stopwatch.GetElapsedTime(start));
        new GuidedRequests(encoded).Check(_model);
        foreach (Response response in encoded.Answered.Where(r => !answered.Contains(r.Key)))
            yield return response;
        var asked = new AskedTokens(_model.Work, encoded);
        IEnumerable<WorkItem> work = Work(encoded, number => !answered.Contains(encoded.Owner(number)), asked);
        await foreach (NumberedResponse response in _workers.RunAsync(work, cancellationToken).ConfigureAwait(false))
        {
            asked.Answered(response.Number);
            if (encoded.Assemble(response) is { } answer)
                yield return answer;
        }
    }

    public IReadOnlyList<DocumentWork> Order(IEnumerable<Request> requests)
    {
        using EncodedRequests encoded = Encode(new ReadRequests(_model.Tokenizer, Render).Of(requests));
        var plan = PrefixPlan.Build(encoded.Sequences);
        bool[] fits = Fits(encoded);
        var order = new ComputedOrder(encoded, _model.Window);
        int batchSize = BatchSize(encoded, fits, plan);
        bool batches = Batches(batchSize, fits);
        foreach (int[] batch in batches ? BatchGeneration.Batches(encoded, Batched(fits), batchSize) : [])
            order.Add(batch);
        var guided = new GuidedRequests(encoded);
        int[] alone = [.. Enumerable.Range(0, encoded.Count).Where(i => !(batches && fits[i]) && !guided.Has(i))];
        foreach (int[] numbers in guided.Groups(_options.PrefixReuse).Select(g => g.Numbers).Prepend(alone).Where(n => n.Length > 0))
            order.Add(PlanOf(encoded, plan, numbers));
        return order.Documents;
    }

    /// <summary>The walk over some requests; the one over all of them where these are all.</summary>
    private static PrefixPlan PlanOf(EncodedRequests encoded, PrefixPlan plan, int[] numbers) =>
        numbers.Length == encoded.Count ? plan : PrefixPlan.Build(encoded.Sequences, numbers);

    private EncodedRequests Encode(IEnumerable<Request> requests) =>
        EncodedRequests.Encode(_model.Tokenizer, _model.Window, requests, _options.TruncateLeft);

    /// <summary>
    /// Whether each request may be computed in a batch. This looks at all tokens, and only a device that can do so needs it.
    /// </summary>
    private bool[] Fits(EncodedRequests encoded) => [.. Enumerable.Range(0, encoded.Count).Select(
        i => (_model.Capabilities.Batch || !_model.Capabilities.Append) && BatchGeneration.Fits(encoded, i, _model.Config))];

    private bool Batches(int batchSize, bool[] fits) =>
        (batchSize > 1 || !_model.Capabilities.Append) && Array.Exists(fits, f => f);

    private static int[] Batched(bool[] fits) => [.. Enumerable.Range(0, fits.Length).Where(i => fits[i])];

    private IEnumerable<WorkItem> Work(EncodedRequests encoded, Predicate<int> pending, AskedTokens asked)
    {
        var plan = PrefixPlan.Build(encoded.Sequences);
        bool[] fits = Fits(encoded);
        int batchSize = BatchSize(encoded, fits, plan);
        bool batches = Batches(batchSize, fits);
        PlanTokens tokens = plan.Count(pending);
        var guided = new GuidedRequests(encoded);
        bool shared = _model.Capabilities.Append && _options.PrefixReuse && !batches && !guided.AreAnySampled;
        _model.Work.CountPlanned(shared ? tokens.Computed : tokens.Asked);
        asked.Expect(plan, pending);
        IEnumerable<WorkItem> batched = batches ? BatchGeneration.Items(encoded, Batched(fits), pending, batchSize) : [];
        return batched
            .Concat(Single(encoded, plan, i => !(batches && fits[i]) && !guided.Has(i), pending))
            .Concat(Guided(encoded, plan, guided, pending));
    }

    /// <summary>The work on requests with a JSON schema, whose tokens the runtime chooses.</summary>
    private IEnumerable<WorkItem> Guided(EncodedRequests encoded, PrefixPlan plan, GuidedRequests guided, Predicate<int> pending)
    {
        if (!_model.Capabilities.Append)
        {
            return Enumerable.Range(0, encoded.Count)
                .Where(i => guided.Has(i) && pending(i))
                .Select(i => DirectWalk.Guided(encoded, i, guided.Of(i)));
        }

        return guided.Groups(_options.PrefixReuse)
            .Where(group => Array.Exists(group.Numbers, pending))
            .SelectMany(group => Shards(encoded, PlanOf(encoded, plan, group.Numbers), pending, group.Guidance));
    }

    /// <summary>
    /// The number of completions in a batch. It depends on all requests of the task, also on those that have been answered, so that a
    /// resumed run makes the same choice.
    /// </summary>
    private int BatchSize(EncodedRequests encoded, bool[] fits, PrefixPlan plan)
    {
        if (!_model.Capabilities.Batch)
            return 1;
        if (_options.BatchSize is { } size)
            return size;
        GenerationRates rates = _options.Rates!;
        long completionTokens = 0;
        for (int i = 0; i < fits.Length; i++)
            completionTokens += fits[i] ? encoded.Options(i)!.MaxTokens : 0;
        if (completionTokens == 0)
            return 1;
        (double alone, double batched) = rates.Estimate(plan.Count(i => fits[i]), completionTokens);
        int chosen = batched * WorthBatching < alone ? rates.BatchSize : 1;
        string way = chosen > 1 ? $"in batches of {chosen}" : "one by one over shared prefixes";
        _options.Announce(string.Create(
            CultureInfo.InvariantCulture,
            $"{encoded.Key(0).Task}: completions {way} (estimated {alone:0.0} s one by one, "
            + $"{batched:0.0} s in batches of {rates.BatchSize}); force with --batch-size"));
        return chosen;
    }

    /// <param name="encoded">All requests of the task.</param>
    /// <param name="plan">The walk over all of them.</param>
    /// <param name="single">Says which requests are computed neither in batches nor by the runtime's own steps.</param>
    /// <param name="pending">Says which requests are to be answered.</param>
    private IEnumerable<WorkItem> Single(EncodedRequests encoded, PrefixPlan plan, Predicate<int> single, Predicate<int> pending)
    {
        int[] numbers = [.. Enumerable.Range(0, encoded.Count).Where(i => single(i))];
        if (_model.Capabilities.Append && _options.PrefixReuse)
        {
            return numbers.Length == 0 ? [] : Shards(encoded, PlanOf(encoded, plan, numbers), pending);
        }

        IEnumerable<int[]> scored = plan.EqualSequences(i => single(i) && pending(i) && !encoded.IsCompletion(i));
        IEnumerable<int> completed = numbers.Where(i => pending(i) && encoded.IsCompletion(i));
        if (_model.Capabilities.Append)
        {
            return scored
                .Concat(completed.Select(i => (int[])[i]))
                .SelectMany(same => Shards(encoded, PrefixPlan.Build(encoded.Sequences, same), pending));
        }

        return DirectWalk.Items(encoded, scored).Append((_, _) => completed.Select(i => encoded.Failed(
            i,
            "this device refuses a second append, and this request needs one (a sampled completion, a repetition penalty, or a padding "
            + "token in the prompt); use --device cpu")));
    }

    private IEnumerable<WorkItem> Shards(EncodedRequests encoded, PrefixPlan plan, Predicate<int> pending, Guidance? guidance = null)
    {
        var planned = new PlannedRequests(encoded, plan, plan.Order.Max(i => encoded.Capacity(i, _model.Window)))
        {
            Guidance = guidance,
        };
        bool completes = plan.Order.Any(encoded.IsCompletion);
        int count = _workers.Count > 1 && completes ? _workers.Count * ShardsPerWorker : _workers.Count;
        return PlanShards.Cut(plan, count, i => encoded.Capacity(i, _model.Window) - encoded.Sequences.Length(i))
            .Select(shard => (WorkItem)((worker, cancellationToken) => worker.Walk(planned).Run(shard, pending, cancellationToken)));
    }

    public async ValueTask DisposeAsync()
    {
        _workers.Dispose();
        _model.Dispose();
        if (_base is not null)
            await _base.DisposeAsync().ConfigureAwait(false);
    }
}
