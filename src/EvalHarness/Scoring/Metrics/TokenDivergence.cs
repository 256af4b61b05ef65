using System.Numerics.Tensors;
using EvalHarness.Engines;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Scoring.Metrics;

/// <summary>What two models say about one token of a text.</summary>
/// <param name="Divergence">The Kullback-Leibler divergence of the candidate's distribution from the base's, in nats.</param>
/// <param name="BaseLoss">The negative logarithm of the probability that the base gives to the token, in nats.</param>
/// <param name="CandidateLoss">The same of the candidate.</param>
/// <param name="SameTop">Whether both models consider the same token the most likely.</param>
internal readonly record struct TokenDifference(double Divergence, double BaseLoss, double CandidateLoss, bool SameTop);

/// <summary>
/// Measures how far the next-token distributions of a candidate model are from those of a base model on the same text. It shows the
/// effect of quantization long before answers flip. Tokens of one passage err together, so errors come from blocks of neighbouring
/// chunks, as <see cref="BlockJackknife"/> computes them.
/// </summary>
/// <param name="context">
/// The number of tokens in a chunk of the text, those included that are only context; of no effect where each chunk says its own.
/// </param>
/// <remarks>Source: the definitions of llama.cpp's perplexity tool (--kl-divergence), tools/perplexity/README.md.</remarks>
internal sealed class TokenDivergence(int context = 0)
{
    /// <summary>The fewest tokens of text in a block: the losses of tokens further apart hardly depend on each other.</summary>
    internal const int BlockTokens = 1024;

    /// <summary>
    /// The fewest blocks from which errors are computed. Of fewer blocks all may lie in one part of a text that has several, and then
    /// their spread says nothing about the text.
    /// </summary>
    internal const int FewestBlocks = 5;

    /// <summary>The most blocks. More of them would make intervals hardly narrower, and longer blocks depend on each other less.</summary>
    private const int MostBlocks = 20;

    private const int VectorLength = 1024;

    private readonly List<double> _divergences = [];
    private readonly List<Sums> _chunks = [];
    private readonly List<long> _lengths = [];
    private Sums _chunk;
    private long _text;

    /// <summary>Sums over tokens.</summary>
    private readonly record struct Sums(
        double Tokens, double Divergence, double SameTop, double SquaredChange, double BaseLoss, double CandidateLoss)
    {
        public static Sums operator +(Sums a, Sums b) => new(
            a.Tokens + b.Tokens,
            a.Divergence + b.Divergence,
            a.SameTop + b.SameTop,
            a.SquaredChange + b.SquaredChange,
            a.BaseLoss + b.BaseLoss,
            a.CandidateLoss + b.CandidateLoss);

        internal double[] Values => [Tokens, Divergence, SameTop, SquaredChange, BaseLoss, CandidateLoss];
    }

    private static double MeanDivergence(double[] sums) => sums[1] / sums[0];

    private static double SameShare(double[] sums) => sums[2] / sums[0];

    private static double SquaredChange(double[] sums) => sums[3] / sums[0];

    private static double BaseLoss(double[] sums) => sums[4] / sums[0];

    private static double CandidateLoss(double[] sums) => sums[5] / sums[0];

    private static double LogRatio(double[] sums) => (sums[5] - sums[4]) / sums[0];

    /// <summary>Compares both models at one position of the text.</summary>
    /// <param name="baseLogits">The logits of the base model, [vocabulary].</param>
    /// <param name="candidateLogits">The logits of the candidate after the same tokens, [vocabulary].</param>
    /// <param name="token">The token that follows in the text.</param>
    public void Add(ReadOnlySpan<float> baseLogits, ReadOnlySpan<float> candidateLogits, int token) =>
        Add(Compare(baseLogits, candidateLogits, token));

    /// <summary>What both models say about one position of the text, which is not added.</summary>
    /// <param name="baseLogits">The logits of the base model, [vocabulary].</param>
    /// <param name="candidateLogits">The logits of the candidate after the same tokens, [vocabulary].</param>
    /// <param name="token">The token that follows in the text.</param>
    internal static TokenDifference Compare(ReadOnlySpan<float> baseLogits, ReadOnlySpan<float> candidateLogits, int token)
    {
        double baseSum = LogSoftmax.LogSumExp(baseLogits), candidateSum = LogSoftmax.LogSumExp(candidateLogits);
        return new TokenDifference(
            Divergence(baseLogits, baseSum, candidateLogits, candidateSum),
            baseSum - baseLogits[token],
            candidateSum - candidateLogits[token],
            LogSoftmax.ArgMax(baseLogits) == LogSoftmax.ArgMax(candidateLogits));
    }

    /// <summary>Adds one position of the text that has been compared.</summary>
    public void Add(TokenDifference token)
    {
        double change = Math.Exp(-token.CandidateLoss) - Math.Exp(-token.BaseLoss);
        _divergences.Add(token.Divergence);
        _chunk += new Sums(1, token.Divergence, token.SameTop ? 1 : 0, change * change, token.BaseLoss, token.CandidateLoss);
    }

    /// <summary>Says that the tokens added since the last call are those of one chunk, which the next chunk of the text follows.</summary>
    public void EndChunk() => EndChunk(context);

    /// <summary>As <see cref="EndChunk()"/>, for chunks of unequal length.</summary>
    /// <param name="text">The tokens of the chunk, those included that are only context.</param>
    public void EndChunk(long text)
    {
        _chunks.Add(_chunk);
        _lengths.Add(text);
        _text += text;
        _chunk = default;
    }

    /// <summary>
    /// Returns the sum over the vocabulary of p ln(p/q) in nats, where p is the base's probability of a token and q the candidate's.
    /// Rounding can make the result slightly negative.
    /// </summary>
    internal static double Divergence(
        ReadOnlySpan<float> baseLogits, double baseSum, ReadOnlySpan<float> candidateLogits, double candidateSum)
    {
        Span<double> p = stackalloc double[VectorLength];
        Span<double> q = stackalloc double[VectorLength];
        double sum = 0;
        for (int i = 0; i < baseLogits.Length; i += VectorLength)
        {
            int count = Math.Min(VectorLength, baseLogits.Length - i);
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

    /// <summary>Summarizes all chunks that were added.</summary>
    /// <exception cref="InvalidOperationException">No position was added, or the last chunk was not ended.</exception>
    public DivergenceReport Report()
    {
        if (_divergences.Count == 0)
            throw new InvalidOperationException("no token was compared");
        if (_chunk.Tokens > 0)
            throw new InvalidOperationException("the last chunk was not ended");
        double[] sorted = [.. _divergences.Order()];
        double[] total = Sum(_chunks).Values;
        double[][] blocks = Blocks(Math.Min(MostBlocks, _text / BlockTokens));
        BlockJackknife? errors = blocks.Length < FewestBlocks ? null : new BlockJackknife(blocks);
        Interval? change = errors?.SkewedInterval(SquaredChange);
        Estimate basePerplexity = Perplexity(BaseLoss), candidatePerplexity = Perplexity(CandidateLoss);
        return new DivergenceReport
        {
            Tokens = _divergences.Count,
            TextTokens = _text,
            Chunks = _chunks.Count,
            Blocks = blocks.Length,
            BasePerplexity = basePerplexity.Value,
            BasePerplexityStandardError = basePerplexity.StandardError,
            BasePerplexityInterval = basePerplexity.Interval,
            CandidatePerplexity = candidatePerplexity.Value,
            CandidatePerplexityStandardError = candidatePerplexity.StandardError,
            CandidatePerplexityInterval = candidatePerplexity.Interval,
            LogPerplexityRatio = Of(LogRatio, errors?.Interval(LogRatio)),
            Divergence = Of(MeanDivergence, errors?.SkewedInterval(MeanDivergence)),
            Median = Percentile(sorted, 0.5),
            Percentile99 = Percentile(sorted, 0.99),
            Percentile999 = Percentile(sorted, 0.999),
            Largest = sorted[^1],
            SameTop = Of(SameShare, errors?.ShareInterval(SameShare, _divergences.Count)),
            ProbabilityChange = Of(
                sums => Math.Sqrt(SquaredChange(sums)),
                change is { } c ? new Interval(Math.Sqrt(c.Low), Math.Min(1, Math.Sqrt(c.High))) : null),
        };

        Estimate Of(Func<double[], double> statistic, Interval? interval) =>
            new(statistic(total), errors?.StandardError(statistic), interval);

        Estimate Perplexity(Func<double[], double> loss) => Of(
            sums => Math.Exp(loss(sums)),
            errors?.Interval(loss) is { } i ? new Interval(Math.Exp(i.Low), Math.Exp(i.High)) : null);
    }

    /// <summary>
    /// Blocks of neighbouring chunks, as equal in tokens of text as they can be: at most as many as are asked for, and fewer where chunks
    /// are longer than such a block.
    /// </summary>
    private double[][] Blocks(long count)
    {
        var starts = new List<int>();
        long before = 0;
        int chunk = 0;
        for (long i = 0; i < count; i++)
        {
            // The last chunk that does not begin behind the place where the block would begin.
            while (chunk + 1 < _chunks.Count && (before + _lengths[chunk]) * count <= i * _text)
                before += _lengths[chunk++];
            if (starts.Count == 0 || starts[^1] != chunk)
                starts.Add(chunk);
        }

        return [.. starts.Select((from, i) => Sum(_chunks[from..(i + 1 < starts.Count ? starts[i + 1] : _chunks.Count)]).Values)];
    }

    private static Sums Sum(List<Sums> chunks) => chunks.Aggregate((a, b) => a + b);

    /// <summary>Returns a percentile, with linear interpolation between neighbouring values.</summary>
    private static double Percentile(double[] sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)at;
        return below + 1 >= sorted.Length ? sorted[^1] : sorted[below] + ((at - below) * (sorted[below + 1] - sorted[below]));
    }
}
