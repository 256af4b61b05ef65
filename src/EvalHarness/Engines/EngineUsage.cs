namespace EvalHarness.Engines;

/// <summary>Work of an engine, in tokens and seconds. The floor for prompts is <see cref="PromptTokensUnique"/>.</summary>
public sealed record EngineUsage
{
    /// <summary>Prompt tokens as if each request were computed alone.</summary>
    public long PromptTokensAsked { get; init; }

    /// <summary>Prompt tokens once shared prefixes are counted once, per task.</summary>
    public long PromptTokensUnique { get; init; }

    /// <summary>Prompt tokens that the model is to be fed for these requests; what is left of them is still to do.</summary>
    public long PromptTokensPlanned { get; init; }

    /// <summary>Prompt tokens that the model was really fed.</summary>
    public long PromptTokensComputed { get; init; }

    /// <summary>Prompt tokens that were asked for and not fed again.</summary>
    public long PromptTokensReused => Math.Max(0, PromptTokensAsked - PromptTokensComputed);

    public long TokensGenerated { get; init; }

    /// <summary>Seconds of turning texts into tokens, on all cores together.</summary>
    public double TokenizingSeconds { get; init; }

    /// <summary>Seconds in native calls that compute prompts, of all workers together.</summary>
    public double PrefillSeconds { get; init; }

    /// <summary>Seconds in native calls that compute generated tokens, of all workers together.</summary>
    public double DecodeSeconds { get; init; }

    public double ModelSeconds => PrefillSeconds + DecodeSeconds;

    /// <summary>Sequences computed side by side.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>What was done after <paramref name="earlier"/>.</summary>
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
