using System.Numerics.Tensors;

namespace EvalHarness.Engines;

/// <summary>Computes log-probabilities from one row of logits, with sums in double precision.</summary>
internal static class LogSoftmax
{
    private const int Block = 1024;

    /// <summary>
    /// Returns ln(sum(exp(logits))). The log-probability of a token is its logit minus this value.
    /// </summary>
    /// <param name="logits">One row of logits, [vocabulary].</param>
    /// <returns>The logarithm of the sum; NaN if the row contains NaN, positive infinity if it contains positive infinity.</returns>
    public static double LogSumExp(ReadOnlySpan<float> logits)
    {
        double max = TensorPrimitives.Max(logits);
        if (!double.IsFinite(max))
            return max;
        Span<double> block = stackalloc double[Block];
        double sum = 0;
        for (int i = 0; i < logits.Length; i += Block)
        {
            ReadOnlySpan<float> part = logits.Slice(i, Math.Min(Block, logits.Length - i));
            Span<double> values = block[..part.Length];
            TensorPrimitives.ConvertTruncating(part, values);
            TensorPrimitives.Subtract(values, max, values);
            TensorPrimitives.Exp(values, values);
            sum += TensorPrimitives.Sum<double>(values);
        }

        return max + Math.Log(sum);
    }

    /// <summary>Returns the most likely token. Of tokens with equal logits it is the one with the lowest id.</summary>
    public static int ArgMax(ReadOnlySpan<float> logits) => TensorPrimitives.IndexOfMax(logits);
}
