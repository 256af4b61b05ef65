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
        using EncodedRequests encoded = await Task.Run(() => Encode(read.Of(requests)), cancellationToken).ConfigureAwait(false);
        if (read.Warning is { } warning)
            _options.Announce(warning);
        if (encoded.AllOptions.Any(o => o.JsonSchema is not null))
            throw AnswerSchema.Unsupported(encoded.Key(0).Task, "the engine for GGUF files generates free text only; use another engine");
        _model.Work.CountTokenizing(Stopwatch.GetElapsedTime(start));
        foreach (Response response in encoded.Answered.Where(r => !answered.Contains(r.Key)))
            yield return response;
        var asked = new AskedTokens(_model.Work, encoded);
        bool IsPending(int number) => !answered.Contains(encoded.Owner(number));
        foreach (PrefixPlan plan in Plans(encoded, IsPending))
        {
            _model.Work.CountPlanned(plan.Count(IsPending).Computed);
            asked.Expect(plan, IsPending);
            using var walk = new PrefixWalk(_model, encoded, plan, IsPending);
            using IEnumerator<NumberedResponse> responses = walk.Run(cancellationToken).GetEnumerator();
            while (await Task.Run(responses.MoveNext, cancellationToken).ConfigureAwait(false))
            {
                asked.Answered(responses.Current.Number);
                if (encoded.Assemble(responses.Current) is { } answer)
                    yield return answer;
            }
        }
    }

    public IReadOnlyList<DocumentWork> Order(IEnumerable<Request> requests)
    {
        using EncodedRequests encoded = Encode(new ReadRequests(_model.Tokenizer, Render).Of(requests));
        return new ComputedOrder(encoded, _model.Window).Add(PrefixPlan.Build(encoded.Sequences, LlamaSession.LongestPiece)).Documents;
    }

    private EncodedRequests Encode(IEnumerable<Request> requests) =>
        EncodedRequests.Encode(_model.Tokenizer, _model.Window, requests, _options.TruncateLeft);

    /// <summary>
    /// The walks over the requests: one over all of them, or, where prefixes are not shared, one over those that feed the same tokens each,
    /// because the user wants it so or the model cannot take tokens back. Walks without a pending request are left out.
    /// </summary>
    private IEnumerable<PrefixPlan> Plans(EncodedRequests encoded, Predicate<int> pending)
    {
        int[] all = [.. Enumerable.Range(0, encoded.Count)];
        if (!Array.Exists(all, pending))
            return [];
        if (_options.PrefixReuse && _model.CanRewind)
            return [PrefixPlan.Build(encoded.Sequences, all, LlamaSession.LongestPiece)];
        int[] scored = [.. all.Where(i => !encoded.IsCompletion(i))];
        return PrefixPlan.Build(encoded.Sequences, scored, LlamaSession.LongestPiece)
            .EqualSequences(_ => true)
            .Concat(all.Where(encoded.IsCompletion).Select(i => (int[])[i]))
            .Where(same => Array.Exists(same, pending))
            .Select(same => PrefixPlan.Build(encoded.Sequences, same, LlamaSession.LongestPiece));
    }

    public ValueTask DisposeAsync()
    {
        _model.Dispose();
        return ValueTask.CompletedTask;
    }
}
