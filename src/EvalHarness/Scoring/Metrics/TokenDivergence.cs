using System.Numerics.Tensors;
using EvalHarness.Engines;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Scoring.Metrics;

/// <summary>
/// How far a candidate's next-token distributions lie from a base's on the same text, token by token: finds what quantization
/// changes long before it flips an answer.
/// </summary>
/// <remarks>Source: the definitions of llama.cpp's perplexity tool (--kl-divergence), tools/perplexity/README.md.</remarks>
public sealed class TokenDivergence
{
    private const int Block = 1024;

    private readonly List<double> _divergences = [], _baseLosses = [], _candidateLosses = [], _probabilityChanges = [];
    private int _sameTop;

    /// <param name="baseLogits">The base's row, [vocabulary].</param>
    /// <param name="candidateLogits">The candidate's row after the same tokens, [vocabulary].</param>
    /// <param name="token">That the text goes on with.</param>
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

    /// <summary>Sum over tokens of p ln(p/q): p the base's probability, q the candidate's. In nats; rounding may leave it just below 0.</summary>
    private static double Divergence(ReadOnlySpan<float> baseLogits, double baseSum, ReadOnlySpan<float> candidateLogits, double candidateSum)
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

    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
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
            // The error of a root is that of its square over twice the root.
            ProbabilityChange = new Estimate(rms, rms == 0 ? 0 : Aggregation.MeanStandardError(squares) / (2 * rms)),
        };
    }

    /// <summary>Between neighbours in proportion.</summary>
    private static double Percentile(double[] sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)at;
        return below + 1 >= sorted.Length ? sorted[^1] : sorted[below] + ((at - below) * (sorted[below + 1] - sorted[below]));
    }
}

/// <param name="Value">Estimated.</param>
/// <param name="StandardError">Null for fewer than two tokens.</param>
public readonly record struct Estimate(double Value, double? StandardError)
{
    internal static Estimate OfMean(IReadOnlyList<double> values) => new(Aggregation.Mean(values), Aggregation.MeanStandardError(values));
}

/// <summary>Distance of two models on a text.</summary>
public sealed record DivergenceReport
{
    /// <summary>Tokens compared.</summary>
    public required int Tokens { get; init; }

    public required double BasePerplexity { get; init; }

    public required double CandidatePerplexity { get; init; }

    /// <summary>ln(candidate's perplexity / base's), paired by token.</summary>
    public required Estimate LogPerplexityRatio { get; init; }

    /// <summary>Kullback-Leibler divergence of the candidate from the base, mean over tokens, nats.</summary>
    public required Estimate Divergence { get; init; }

    public required double Median { get; init; }

    public required double Percentile99 { get; init; }

    public required double Percentile999 { get; init; }

    public required double Largest { get; init; }

    /// <summary>Share of tokens at which both find the same token likeliest.</summary>
    public required Estimate SameTop { get; init; }

    /// <summary>Root of the mean squared difference in the probability of the text's own token, 0 to 1.</summary>
    public required Estimate ProbabilityChange { get; init; }
}
