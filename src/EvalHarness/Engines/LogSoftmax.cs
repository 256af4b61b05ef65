using System.Numerics.Tensors;

namespace EvalHarness.Engines;

/// <summary>Log-probabilities from one row of logits, summed in double precision.</summary>
public static class LogSoftmax
{
    private const int Block = 1024;

    /// <summary>ln of the sum of exp over the row: a token's log-probability is its logit minus this.</summary>
    /// <returns>NaN if the row has a NaN; positive infinity if it has one.</returns>
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

    /// <summary>The likeliest token; the first of equals.</summary>
    public static int ArgMax(ReadOnlySpan<float> logits) => TensorPrimitives.IndexOfMax(logits);
}
