using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Scoring.Metrics;

/// <summary>An estimated value with its standard error and its 95% interval.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="StandardError">The standard error, or null if the text is too short.</param>
/// <param name="Interval">
/// The 95% interval, or null if the text is too short, or if one part of it differs so much from the others that there is no interval.
/// </param>
internal readonly record struct Estimate(double Value, double? StandardError, Interval? Interval = null);

/// <summary>
/// Says how far two models are apart on a text. Neighbouring tokens err together, so all errors are computed from blocks of them.
/// </summary>
internal sealed record DivergenceReport
{
    /// <summary>The number of tokens compared.</summary>
    public required int Tokens { get; init; }

    /// <summary>The number of tokens that both models read: those compared, and those that are only context.</summary>
    public required long TextTokens { get; init; }

    /// <summary>The number of chunks that the text was cut into.</summary>
    public required int Chunks { get; init; }

    /// <summary>
    /// The number of blocks of neighbouring tokens. Below <see cref="TokenDivergence.FewestBlocks"/> there are no errors.
    /// </summary>
    public required int Blocks { get; init; }

    public required double BasePerplexity { get; init; }

    /// <inheritdoc cref="Estimate.StandardError"/>
    public double? BasePerplexityStandardError { get; init; }

    /// <inheritdoc cref="Estimate.Interval"/>
    public Interval? BasePerplexityInterval { get; init; }

    public required double CandidatePerplexity { get; init; }

    /// <inheritdoc cref="Estimate.StandardError"/>
    public double? CandidatePerplexityStandardError { get; init; }

    /// <inheritdoc cref="Estimate.Interval"/>
    public Interval? CandidatePerplexityInterval { get; init; }

    /// <summary>ln(perplexity of the candidate / perplexity of the base), with an error from differences paired by token.</summary>
    public required Estimate LogPerplexityRatio { get; init; }

    /// <summary>The Kullback-Leibler divergence of the candidate from the base in nats, as the mean over tokens.</summary>
    public required Estimate Divergence { get; init; }

    /// <summary>The median of the divergence over tokens, in nats.</summary>
    public required double Median { get; init; }

    /// <summary>The 99th percentile of the divergence over tokens, in nats.</summary>
    public required double Percentile99 { get; init; }

    /// <summary>The 99.9th percentile of the divergence over tokens, in nats.</summary>
    public required double Percentile999 { get; init; }

    /// <summary>The largest divergence at a token, in nats.</summary>
    public required double Largest { get; init; }

    /// <summary>The share of positions at which both models consider the same token the most likely, 0 to 1.</summary>
    public required Estimate SameTop { get; init; }

    /// <summary>
    /// The root of the mean squared difference between the probabilities that the models give to the next token of the text, 0 to 1.
    /// </summary>
    public required Estimate ProbabilityChange { get; init; }
}
