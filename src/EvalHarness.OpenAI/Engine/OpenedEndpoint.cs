using EvalHarness.OpenAI.Api;

namespace EvalHarness.OpenAI.Engine;

/// <summary>What was found out about an endpoint before a run.</summary>
internal sealed record OpenedEndpoint
{
    /// <summary>More tokens than any model takes, and few enough to add some to.</summary>
    private const int Unlimited = 1 << 30;

    /// <summary>Scoring a prompt generates one token behind it, and a window does not count the last token that it scores.</summary>
    private const int BesideScored = 2;

    public required ServerModels Models { get; init; }

    public required ServerHabits Habits { get; init; }

    /// <summary>The model that the server says its answers are from; null if it does not say.</summary>
    public string? Model { get; init; }

    /// <summary>What the server calls its own state; null if it does not say.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Null for conversations, and where no tokenizer is known.</summary>
    public PromptTokens? Tokens { get; init; }

    /// <summary>Null where the server does not say what the tokens of a prompt were worth.</summary>
    public ScoringWay? Scoring { get; init; }

    /// <summary>Why <see cref="Scoring"/> is null, in words.</summary>
    public string WhyNotScoring { get; init; } = "";

    /// <summary>The most tokens of a prompt and its completion.</summary>
    internal int Window(EndpointOptions options) => options.MaxLength ?? Models.MaxLength ?? Unlimited;

    /// <summary>The most tokens of a context and its continuation without the last one.</summary>
    internal int ScoringWindow(EndpointOptions options) =>
        Math.Min(options.MaxLength ?? Unlimited, Models.MaxLength is { } most ? Math.Max(1, most - BesideScored) : Unlimited);
}
