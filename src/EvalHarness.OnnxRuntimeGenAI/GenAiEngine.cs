using System.Runtime.CompilerServices;
using System.Threading.Channels;
using EvalHarness.Engines;
using EvalHarness.Planning;
using EvalHarness.Prompts;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>
/// Answers requests with a model folder of ONNX Runtime GenAI. Prompts of a task that begin alike are computed once; completions
/// are chosen token by token from the model's own logits.
/// </summary>
public sealed class GenAiEngine : IEngine
{
    private readonly LoadedModel _model;
    private readonly GenAiOptions _options;

    private GenAiEngine(LoadedModel model, GenAiOptions options, EngineDescription description) =>
        (_model, _options, Description) = (model, options, description);

    public EngineDescription Description { get; }

    public EngineUsage Usage => _model.Usage;

    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the model cannot be loaded on the device.</exception>
    public static async Task<GenAiEngine> LoadAsync(string folder, GenAiOptions options, CancellationToken cancellationToken)
    {
        if (options.BatchSize is < 1 or > 32)
            throw new EvalException(ExitCode.Usage, $"--batch-size {options.BatchSize}: the runtime takes 1 to 32");
        LoadedModel model = LoadedModel.Load(folder, options);
        if (options.BatchSize > 1 && model.Config.PadId is null)
        {
            model.Dispose();
            throw new EvalException(ExitCode.Model, $"--batch-size {options.BatchSize}: {folder}/genai_config.json has no pad_token_id to fill rows with; use --batch-size 1");
        }

        IReadOnlyList<ModelFile> files = await ModelFiles.HashAsync(folder, cancellationToken).ConfigureAwait(false);
        return new GenAiEngine(model, options, Describe(folder, options, model, files));
    }

    private static EngineDescription Describe(string folder, GenAiOptions options, LoadedModel model, IReadOnlyList<ModelFile> files) => new()
    {
        Engine = "onnxruntime-genai",
        ModelPath = folder,
        ModelName = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
        Device = options.Device,
        Files = files,
        Versions = new Dictionary<string, string>
        {
            ["Microsoft.ML.OnnxRuntimeGenAI"] = GenAiRuntime.Version,
            ["ONNX Runtime"] = GenAiRuntime.OnnxRuntimeVersion,
            ["package route"] = Provider.PackageRoute,
            ["runtime flavour"] = Provider.BuiltFor,
        },
        Settings = new Dictionary<string, string>
        {
            ["model type"] = model.Config.Type,
            ["context length"] = $"{model.Config.ContextLength}",
            ["window"] = $"{model.Window}",
            ["batch size"] = $"{options.BatchSize}",
            ["prefix reuse"] = options.PrefixReuse ? "on" : "off",
            ["prompts too long"] = options.TruncateLeft ? "cut at the left" : "errored",
            ["beginning of text"] = model.Tokenizer.Prefix.Count == 0 ? "none" : string.Join(' ', model.Tokenizer.Prefix),
            [EngineDescription.ChatTemplate] = model.Tokenizer.TakesSystemRole switch
            {
                null => "none",
                true => "takes system messages",
                false => "refuses system messages; they are left out, as in the reference",
            },
            ["second append"] = model.Capabilities.Append ? "right" : "refused or wrong",
            ["rewind"] = model.Capabilities.Rewind ? "right" : "refused or wrong",
            ["logits"] = model.Capabilities.AllRows ? "all rows" : "last row",
        },
    };

    public string ApplyChatTemplate(IReadOnlyList<ChatMessage> messages, bool openAnswer) => _model.Tokenizer.ApplyChatTemplate(messages, openAnswer);

    public async IAsyncEnumerable<Response> RunAsync(IReadOnlyList<Request> requests, IReadOnlySet<RequestKey> answered, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (requests.All(r => answered.Contains(r.Key)))
            yield break;
        // Native calls block; they run on a thread of their own, and responses come over as they are ready.
        var channel = Channel.CreateUnbounded<Response>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task worker = Task.Factory.StartNew(
            () =>
            {
                try
                {
                    foreach (Response response in Answer(requests, answered, stop.Token))
                        channel.Writer.TryWrite(response);
                    channel.Writer.Complete();
                }
#pragma warning disable CA1031 // Handed to the reader of the channel, who throws it.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    channel.Writer.Complete(e);
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        try
        {
            await foreach (Response response in channel.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
                yield return response;
        }
        finally
        {
            // A reader that leaves early must not leave native calls behind: disposing the model under them ends the process.
            await stop.CancelAsync().ConfigureAwait(false);
            await worker.ConfigureAwait(false);
        }
    }

    private IEnumerable<Response> Answer(IReadOnlyList<Request> requests, IReadOnlySet<RequestKey> answered, CancellationToken cancellationToken)
    {
        RequestEncoder encoder = RequestEncoder.Encode(_model, requests, _options.TruncateLeft);
        foreach (Response response in encoder.Answered.Where(r => !answered.Contains(r.Key)))
            yield return response;
        foreach (Response response in Compute(encoder.Encoded, request => !answered.Contains(request.Owner), cancellationToken))
        {
            if (encoder.Assemble(response) is { } answer)
                yield return answer;
        }
    }

    private IEnumerable<Response> Compute(List<EncodedRequest> encoded, Predicate<EncodedRequest> pending, CancellationToken cancellationToken)
    {
        List<EncodedRequest> batched = _options.BatchSize > 1 || !_model.Capabilities.Append ? [.. encoded.Where(r => BatchGeneration.Fits(r, _model.Config))] : [];
        List<EncodedRequest> single = batched.Count == 0 ? encoded : [.. encoded.Except(batched)];
        PrefixPlan plan = PrefixPlan.Build([.. encoded.Select(r => r.Sequence)]);
        _model.CountAsked(plan.TokensAsked, plan.TokensUnique);
        if (batched.Count > 0)
        {
            foreach (Response response in new BatchGeneration(_model, batched, pending, _options.BatchSize).Run(cancellationToken))
                yield return response;
        }

        // The plan of all requests is the plan of these, unless some went another way.
        foreach (Response response in RunSingle(single, ReferenceEquals(single, encoded) ? plan : null, pending, cancellationToken))
            yield return response;
    }

    private IEnumerable<Response> RunSingle(List<EncodedRequest> requests, PrefixPlan? plan, Predicate<EncodedRequest> pending, CancellationToken cancellationToken)
    {
        List<EncodedRequest> direct = !_model.Capabilities.Append || !_options.PrefixReuse
            ? [.. requests.Where(r => r.Request is LogLikelihoodRequest)]
            : [];
        foreach (Response response in new DirectWalk(_model, [.. direct.Where(r => pending(r))]).Run(cancellationToken))
            yield return response;
        List<EncodedRequest> rest = direct.Count == 0 ? requests : [.. requests.Except(direct)];
        if (!_model.Capabilities.Append)
        {
            foreach (EncodedRequest request in rest.Where(r => pending(r)))
                yield return Response.Failed(request.Request.Key, "this device takes no second append, and this request needs one (a sampled completion, or a padding token in the prompt); use --device cpu", request.PromptTokens);
            yield break;
        }

        // Without reuse every completion is a plan of its own; with it, all of them are one.
        foreach (List<EncodedRequest> group in _options.PrefixReuse ? [rest] : rest.Select(r => new List<EncodedRequest> { r }))
        {
            if (group.Count == 0)
                continue;
            int capacity = group.Max(r => r.Capacity(_model.Window));
            PrefixPlan own = plan is not null && ReferenceEquals(group, requests) ? plan : PrefixPlan.Build([.. group.Select(r => r.Sequence)]);
            using var walk = new PlanWalk(_model, group, own, pending, capacity);
            foreach (Response response in walk.Run(cancellationToken))
                yield return response;
        }
    }

    public ValueTask DisposeAsync()
    {
        _model.Dispose();
        return ValueTask.CompletedTask;
    }
}
