using EvalHarness.Engines;
using EvalHarness.Planning;

namespace EvalHarness.Tokens;

/// <summary>
/// Counts the tokens that requests ask for as the requests are answered, and not when they are planned. A run that stops in between has
/// then counted what it has done, and the start that continues it counts the rest.
/// </summary>
/// <param name="counter">The engine's.</param>
/// <param name="requests">All requests of the task.</param>
internal sealed class AskedTokens(UsageCounter counter, EncodedRequests requests)
{
    private const int NotExpected = -1;

    /// <summary>The tokens of each request that no request before it in the walk has.</summary>
    private readonly int[] _unique = NoneExpected(requests.Count);

    /// <param name="plan">The walk over all the requests, or over those that share it.</param>
    /// <param name="pending">Says which requests are to be answered.</param>
    internal void Expect(PrefixPlan plan, Predicate<int> pending)
    {
        foreach ((int number, _, int unique) in plan.CountEach(pending))
            _unique[number] = unique;
    }

    /// <param name="number">Of the request, or of the window of one, that has a response now.</param>
    internal void Answered(int number)
    {
        if (_unique[number] == NotExpected)
            return;
        counter.CountAsked(requests.Sequences.Length(number), _unique[number]);
        _unique[number] = NotExpected;
    }

    private static int[] NoneExpected(int count)
    {
        int[] unique = new int[count];
        unique.AsSpan().Fill(NotExpected);
        return unique;
    }
}
