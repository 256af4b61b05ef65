using System.Numerics.Tensors;
using EvalHarness.Engines;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Scoring.Metrics;

/// <summary>
/// Measures how far the next-token distributions of a candidate model are from those of a base model on the same text. It shows the
/// effect of quantization long before answers flip.
/// </summary>
/// <remarks>Source: the definitions of llama.cpp's perplexity tool (--kl-divergence), tools/perplexity/README.md.</remarks>
internal sealed class TokenDivergence
{
    private const int Block = 1024;

    private readonly List<double> _divergences = [], _baseLosses = [], _candidateLosses = [], _probabilityChanges = [];
    private int _sameTop;

    /// <summary>Compares both models at one position of the text.</summary>
    /// <param name="baseLogits">The logits of the base model, [vocabulary].</param>
    /// <param name="candidateLogits">The logits of the candidate after the same tokens, [vocabulary].</param>
    /// <param name="token">The token that follows in the text.</param>
    public void Add(ReadOnlySpan<float> baseLogits, ReadOnlySpan<float> candidateLogits, int token)
    {
        double baseSum = LogSoftmax.LogSumExp(baseLogits), candidateSum = LogSoftmax.LogSumExp(candidateLogits);
        double baseLoss = baseSum - baseLogits[token], candidateLoss = candidateSum - candidateLogits[token];
        _divergences.Add(Divergence(baseLogits, baseSum, candidateLogits, candidateSum));
        _baseLosses.Add(baseLoss);
        _candidateLosses.Add(candidateLoss);
        _probabilityChanges.Add(Math.Exp(-candidateLoss) - Math.Exp(-baseLoss));
        _sameTop += LogSoftmax.ArgMax(baseLogits) == LogSoftmax.ArgMax(candidateLogits) ? 1 : 0;
    }

    /// <summary>
    /// Returns the sum over the vocabulary of p ln(p/q) in nats, where p is the base's probability of a token and q the candidate's.
    /// Rounding can make the result slightly negative.
    /// </summary>
    private static double Divergence(
        ReadOnlySpan<float> baseLogits, double baseSum, ReadOnlySpan<float> candidateLogits, double candidateSum)
    {
        Span<double> p = stackalloc double[Block];
        Span<double> q = stackalloc double[Block];
        double sum = 0;
        for (int i = 0; i < baseLogits.Length; i += Block)
        {
            int count = Math.Min(Block, baseLogits.Length - i);
            Span<double> ln = p[..count], other = q[..count];
            TensorPrimitives.ConvertTruncating(baseLogits.Slice(i, count), ln);
            TensorPrimitives.ConvertTruncating(candidateLogits.Slice(i, count), other);
            TensorPrimitives.Subtract(ln, baseSum, ln);
            TensorPrimitives.Subtract(other, candidateSum, other);
            TensorPrimitives.Subtract(ln, other, other);
            TensorPrimitives.Exp(ln, ln);
            sum += TensorPrimitives.Dot<double>(ln, other);
        }

        return sum;
    }

    /// <summary>Summarizes all positions that were added.</summary>
    /// <exception cref="InvalidOperationException">No position was added.</exception>
    public DivergenceReport Report()
    {
        if (_divergences.Count == 0)
            throw new InvalidOperationException("no token was compared");
        double[] sorted = [.. _divergences.Order()];
        double[] logRatios = [.. _candidateLosses.Zip(_baseLosses, (c, b) => c - b)];
        double[] squares = [.. _probabilityChanges.Select(d => d * d)];
        double rms = Math.Sqrt(squares.Average()), same = (double)_sameTop / _divergences.Count;
        return new DivergenceReport
        {
            Tokens = _divergences.Count,
            BasePerplexity = Math.Exp(_baseLosses.Average()),
            CandidatePerplexity = Math.Exp(_candidateLosses.Average()),
            LogPerplexityRatio = Estimate.OfMean(logRatios),
            Divergence = Estimate.OfMean(_divergences),
            Median = Percentile(sorted, 0.5),
            Percentile99 = Percentile(sorted, 0.99),
            Percentile999 = Percentile(sorted, 0.999),
            Largest = sorted[^1],
            SameTop = new Estimate(same, _divergences.Count < 2 ? null : Math.Sqrt(same * (1 - same) / (_divergences.Count - 1))),
            // By the delta method, the error of a square root is the error of its argument divided by twice the root.
            ProbabilityChange = new Estimate(rms, rms == 0 ? 0 : Aggregation.MeanStandardError(squares) / (2 * rms)),
        };
    }

    /// <summary>Returns a percentile, with linear interpolation between neighbouring values.</summary>
    private static double Percentile(double[] sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)at;
        return below + 1 >= sorted.Length ? sorted[^1] : sorted[below] + ((at - below) * (sorted[below + 1] - sorted[below]));
    }
}

/// <summary>An estimated value with its standard error.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="StandardError">The standard error, or null for fewer than two tokens.</param>
internal readonly record struct Estimate(double Value, double? StandardError)
{
    internal static Estimate OfMean(IReadOnlyList<double> values) => new(Aggregation.Mean(values), Aggregation.MeanStandardError(values));
}

/// <summary>Says how far two models are apart on a text.</summary>
internal sealed record DivergenceReport
{
    /// <summary>The number of tokens compared.</summary>
    public required int Tokens { get; init; }

    public required double BasePerplexity { get; init; }

    public required double CandidatePerplexity { get; init; }

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
