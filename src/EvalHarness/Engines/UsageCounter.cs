namespace EvalHarness.Engines;

/// <summary>Counts the work of an engine. Several threads may use one instance.</summary>
/// <param name="workers">The number of workers that compute sequences at the same time.</param>
internal sealed class UsageCounter(int workers)
{
    private readonly Lock _lock = new();
    private EngineUsage _usage = new() { Workers = workers };

    internal EngineUsage Usage
    {
        get
        {
            lock (_lock)
                return _usage;
        }
    }

    internal void CountPrefill(int tokens, TimeSpan time)
    {
        lock (_lock)
        {
            _usage = _usage with
            {
                PromptTokensComputed = _usage.PromptTokensComputed + tokens,
                PrefillSeconds = _usage.PrefillSeconds + time.TotalSeconds,
            };
        }
    }

    internal void CountDecode(int tokens, TimeSpan time)
    {
        lock (_lock)
        {
            _usage = _usage with
            {
                TokensGenerated = _usage.TokensGenerated + tokens,
                DecodeSeconds = _usage.DecodeSeconds + time.TotalSeconds,
            };
        }
    }

    internal void CountTokenizing(TimeSpan time)
    {
        lock (_lock)
            _usage = _usage with { TokenizingSeconds = _usage.TokenizingSeconds + time.TotalSeconds };
    }

    internal void CountPlanned(long tokens)
    {
        lock (_lock)
            _usage = _usage with { PromptTokensPlanned = _usage.PromptTokensPlanned + tokens };
    }

    /// <summary>Counts what a request asked for, as soon as it is answered.</summary>
    internal void CountAsked(long asked, long unique)
    {
        lock (_lock)
        {
            _usage = _usage with
            {
                PromptTokensAsked = _usage.PromptTokensAsked + asked,
                PromptTokensUnique = _usage.PromptTokensUnique + unique,
            };
        }
    }
}
