using EvalHarness.Engines;
using EvalHarness.Planning;
using EvalHarness.Prompts;

namespace EvalHarness.Tokens;

/// <summary>
/// Counts the tokens that requests ask for as the requests are answered, and not when they are planned. A run that stops in between has
/// then counted what it has done, and the start that continues it counts the rest.
/// </summary>
/// <param name="counter">The engine's.</param>
internal sealed class AskedTokens(UsageCounter counter)
{
    private readonly Dictionary<RequestKey, (int Asked, int Unique)> _open = [];

    /// <param name="plan">The walk over all the requests.</param>
    /// <param name="requests">In the order of the plan's sequence numbers.</param>
    /// <param name="pending">Says which requests are to be answered.</param>
    internal void Expect(PrefixPlan plan, IReadOnlyList<EncodedRequest> requests, Predicate<EncodedRequest> pending)
    {
        foreach ((int sequence, int asked, int unique) in plan.CountEach(i => pending(requests[i])))
            _open[requests[sequence].Key] = (asked, unique);
    }

    /// <param name="key">Of the request, or of the window of one, that has a response now.</param>
    internal void Answered(RequestKey key)
    {
        if (_open.Remove(key, out (int Asked, int Unique) tokens))
            counter.CountAsked(tokens.Asked, tokens.Unique);
    }
}
