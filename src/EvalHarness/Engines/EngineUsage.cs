namespace EvalHarness.Engines;

/// <summary>
/// Counts the work of an engine in tokens and seconds. No engine can compute fewer prompt tokens than
/// <see cref="PromptTokensUnique"/>.
/// </summary>
public sealed record EngineUsage
{
    /// <summary>The prompt tokens that would be computed if each request that is answered were computed alone.</summary>
    public long PromptTokensAsked { get; init; }

    /// <summary>
    /// The prompt tokens when each prefix that requests of one task share is counted once, or once in each start of the run that needs it.
    /// </summary>
    public long PromptTokensUnique { get; init; }

    /// <summary>
    /// The prompt tokens that the plan feeds to the model, whether or not it has done so yet. What a start of the run did not come to is
    /// planned again by the next one, and counted again here.
    /// </summary>
    public long PromptTokensPlanned { get; init; }

    /// <summary>The prompt tokens that the model has been fed so far.</summary>
    public long PromptTokensComputed { get; init; }

    /// <summary>The prompt tokens that were asked for but did not have to be fed, because a shared prefix covered them.</summary>
    public long PromptTokensReused => Math.Max(0, PromptTokensAsked - PromptTokensComputed);

    public long TokensGenerated { get; init; }

    /// <summary>The seconds spent on tokenizing texts, summed over all cores.</summary>
    public double TokenizingSeconds { get; init; }

    /// <summary>The seconds spent in native calls that compute prompts, summed over all workers.</summary>
    public double PrefillSeconds { get; init; }

    /// <summary>The seconds spent in native calls that compute generated tokens, summed over all workers.</summary>
    public double DecodeSeconds { get; init; }

    public double ModelSeconds => PrefillSeconds + DecodeSeconds;

    /// <summary>The number of workers that compute sequences at the same time; of several starts, the largest.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>This work and other work together.</summary>
    public EngineUsage Plus(EngineUsage other) => this with
    {
        PromptTokensAsked = PromptTokensAsked + other.PromptTokensAsked,
        PromptTokensUnique = PromptTokensUnique + other.PromptTokensUnique,
        PromptTokensPlanned = PromptTokensPlanned + other.PromptTokensPlanned,
        PromptTokensComputed = PromptTokensComputed + other.PromptTokensComputed,
        TokensGenerated = TokensGenerated + other.TokensGenerated,
        TokenizingSeconds = TokenizingSeconds + other.TokenizingSeconds,
        PrefillSeconds = PrefillSeconds + other.PrefillSeconds,
        DecodeSeconds = DecodeSeconds + other.DecodeSeconds,
        Workers = Math.Max(Workers, other.Workers),
    };

    /// <summary>Returns the work that was done after <paramref name="earlier"/> was read.</summary>
    public EngineUsage Since(EngineUsage earlier) => this with
    {
        PromptTokensAsked = PromptTokensAsked - earlier.PromptTokensAsked,
        PromptTokensUnique = PromptTokensUnique - earlier.PromptTokensUnique,
        PromptTokensPlanned = PromptTokensPlanned - earlier.PromptTokensPlanned,
        PromptTokensComputed = PromptTokensComputed - earlier.PromptTokensComputed,
        TokensGenerated = TokensGenerated - earlier.TokensGenerated,
        TokenizingSeconds = TokenizingSeconds - earlier.TokenizingSeconds,
        PrefillSeconds = PrefillSeconds - earlier.PrefillSeconds,
        DecodeSeconds = DecodeSeconds - earlier.DecodeSeconds,
    };
}
