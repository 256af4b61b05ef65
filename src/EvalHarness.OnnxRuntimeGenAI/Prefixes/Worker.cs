using EvalHarness.Engines;
using EvalHarness.Planning;

namespace EvalHarness.OnnxRuntimeGenAI.Prefixes;

/// <summary>Part of a task's requests, for whichever worker is free.</summary>
internal delegate IEnumerable<Response> WorkItem(Worker worker, CancellationToken cancellationToken);

/// <summary>Requests with the walk that shares their prefixes.</summary>
/// <param name="Requests">In the order that the plan numbers them.</param>
/// <param name="Plan">Of all of them.</param>
/// <param name="Capacity">Tokens that the longest needs.</param>
internal sealed record PlannedRequests(IReadOnlyList<EncodedRequest> Requests, PrefixPlan Plan, int Capacity);

/// <summary>
/// One thread's own part of a loaded model: the tokenizer and the session, neither of which the runtime lets two threads share.
/// </summary>
internal sealed class Worker(LoadedModel model, ModelTokenizer tokenizer) : IDisposable
{
    private PlanWalk? _walk;

    internal LoadedModel Model => model;

    internal ModelTokenizer Tokenizer => tokenizer;

    /// <summary>Goes on in the walk of these requests, with what it has computed, or begins it.</summary>
    internal PlanWalk Walk(PlannedRequests planned)
    {
        if (!ReferenceEquals(_walk?.Planned, planned))
        {
            EndWalk();
            _walk = new PlanWalk(this, planned);
        }

        return _walk!;
    }

    /// <summary>Gives the memory of the key-value cache back.</summary>
    internal void EndWalk()
    {
        _walk?.Dispose();
        _walk = null;
    }

    public void Dispose()
    {
        EndWalk();
        // The first worker's is the model's, which outlives it.
        if (tokenizer != model.Tokenizer)
            tokenizer.Dispose();
    }
}
