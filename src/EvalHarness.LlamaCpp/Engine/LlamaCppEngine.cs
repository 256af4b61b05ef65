using System.Diagnostics;
using System.Runtime.CompilerServices;
using EvalHarness.Engines;
using EvalHarness.LlamaCpp.Runtime;
using EvalHarness.Planning;
using EvalHarness.Prompts;
using EvalHarness.Tokens;

namespace EvalHarness.LlamaCpp.Engine;

/// <summary>
/// Answers requests with a GGUF file in llama.cpp, on the CPU. A prefix that several prompts of a task share is computed once.
/// </summary>
internal sealed class LlamaCppEngine : IEngine
{
    private readonly LlamaModel _model;
    private readonly LlamaCppOptions _options;

    private LlamaCppEngine(LlamaModel model, LlamaCppOptions options, EngineDescription description) =>
        (_model, _options, Description) = (model, options, description);

    public EngineDescription Description { get; }

    public EngineUsage Usage => _model.Work.Usage;

    /// <exception cref="EvalException">As <see cref="LlamaModel.Load"/>.</exception>
    internal static async Task<LlamaCppEngine> LoadAsync(string path, LlamaCppOptions options, CancellationToken cancellationToken)
    {
        LlamaModel model = await Task.Run(() => LlamaModel.Load(path, options), cancellationToken).ConfigureAwait(false);
        try
        {
            IReadOnlyList<ModelFile> files = await ModelFiles.HashAsync(path, cancellationToken).ConfigureAwait(false);
            return new LlamaCppEngine(model, options, LlamaDescription.Of(path, options, model, files));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public Prompt Render(Prompt prompt) => prompt.Render(_model.Conversations.Render);

    public async IAsyncEnumerable<Response> RunAsync(
        IEnumerable<Request> requests,
        IReadOnlySet<RequestKey> answered,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (requests.All(r => answered.Contains(r.Key)))
            yield break;
        long start = Stopwatch.GetTimestamp();
        var read = new ReadRequests(_model.Tokenizer, Render);
        RequestEncoder encoder = await Task
            .Run(() => RequestEncoder.Encode(_model.Tokenizer, _model.Window, read.Of(requests), _options.TruncateLeft), cancellationToken)
            .ConfigureAwait(false);
        if (read.Warning is { } warning)
            _options.Announce(warning);
        _model.Work.CountTokenizing(Stopwatch.GetElapsedTime(start));
        foreach (Response response in encoder.Answered.Where(r => !answered.Contains(r.Key)))
            yield return response;
        var asked = new AskedTokens(_model.Work);
        foreach (List<EncodedRequest> group in Groups(encoder.Encoded))
        {
            bool IsPending(EncodedRequest request) => !answered.Contains(request.Owner);
            if (!group.Any(IsPending))
                continue;
            var plan = PrefixPlan.Build([.. group.Select(r => r.Sequence)], LlamaSession.LongestPiece);
            _model.Work.CountPlanned(plan.Count(i => IsPending(group[i])).Computed);
            asked.Expect(plan, group, IsPending);
            using var walk = new PrefixWalk(_model, group, plan, IsPending);
            using IEnumerator<Response> responses = walk.Run(cancellationToken).GetEnumerator();
            while (await Task.Run(responses.MoveNext, cancellationToken).ConfigureAwait(false))
            {
                asked.Answered(responses.Current.Key);
                if (encoder.Assemble(responses.Current) is { } answer)
                    yield return answer;
            }
        }
    }

    /// <summary>
    /// The requests that are computed in one walk: all of them, or those that feed the same tokens where prefixes are not shared, because
    /// the user wants it so or the model cannot take tokens back.
    /// </summary>
    private IEnumerable<List<EncodedRequest>> Groups(List<EncodedRequest> encoded)
    {
        if (encoded.Count == 0)
            return [];
        if (_options.PrefixReuse && _model.CanRewind)
            return [encoded];
        ILookup<bool, EncodedRequest> byKind = encoded.ToLookup(r => r.Options is null);
        return byKind[true]
            .GroupBy(r => r.Sequence.Tokens, TokensComparer.Instance)
            .Select(same => same.ToList())
            .Concat(byKind[false].Select(r => (List<EncodedRequest>)[r]));
    }

    public ValueTask DisposeAsync()
    {
        _model.Dispose();
        return ValueTask.CompletedTask;
    }
}
