using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Planning;
using EvalHarness.Tokens;

namespace EvalHarness.OnnxRuntimeGenAI.Prefixes;

/// <summary>Computes the responses to some requests of a task, on any worker that is free.</summary>
internal delegate IEnumerable<NumberedResponse> WorkItem(Worker worker, CancellationToken cancellationToken);

/// <summary>Requests and the plan by which they share prefixes.</summary>
/// <param name="Requests">All requests of a task, by the numbers that the plan uses.</param>
/// <param name="Plan">The plan of these requests, or of some of them.</param>
/// <param name="Capacity">The number of tokens that the longest request needs in the key-value cache.</param>
internal sealed record PlannedRequests(EncodedRequests Requests, PrefixPlan Plan, int Capacity)
{
    /// <summary>How the runtime chooses the tokens of all of them; null where this program chooses them.</summary>
    internal Guidance? Guidance { get; init; }
}

/// <summary>What one thread uses of a loaded model: a session, which two threads may not share.</summary>
internal sealed class Worker(LoadedModel model) : IDisposable
{
    private PlanWalk? _walk;

    internal LoadedModel Model => model;

    /// <summary>The walk of these requests. It is kept, with the tokens that its session holds, until other requests come.</summary>
    internal PlanWalk Walk(PlannedRequests planned)
    {
        if (!ReferenceEquals(_walk?.Planned, planned))
        {
            EndWalk();
            _walk = new PlanWalk(this, planned);
        }

        return _walk!;
    }

    /// <summary>Ends the walk and frees the memory of its key-value cache.</summary>
    internal void EndWalk()
    {
        _walk?.Dispose();
        _walk = null;
    }

    public void Dispose() => EndWalk();
}
