using System.Numerics.Tensors;
using EvalHarness.Engines;
using EvalHarness.Scoring.Metrics;

namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>How far the logits of a candidate lie from those of the base after the same tokens.</summary>
/// <param name="Divergence">The Kullback-Leibler divergence over the whole vocabulary, in nats.</param>
/// <param name="SameTop">Whether the same token is the likeliest.</param>
/// <param name="Largest">The largest difference of a logit, after the mean of each row is taken off.</param>
/// <param name="Relative">The root mean square of those differences, as a share of that of the base's centred logits.</param>
/// <param name="LargestRelative">The largest difference as the same share.</param>
internal readonly record struct RowDifference(double Divergence, bool SameTop, double Largest, double Relative, double LargestRelative)
{
    /// <summary>Compares two rows of finite logits that are not constant.</summary>
    internal static RowDifference Of(float[] expected, float[] actual)
    {
        double baseMean = Mean(expected), mean = Mean(actual);
        double squares = 0, differences = 0, largest = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double centred = expected[i] - baseMean;
            double difference = actual[i] - mean - centred;
            squares += centred * centred;
            differences += difference * difference;
            largest = Math.Max(largest, Math.Abs(difference));
        }

        return new RowDifference(
            TokenDivergence.Divergence(expected, LogSoftmax.LogSumExp(expected), actual, LogSoftmax.LogSumExp(actual)),
            LogSoftmax.ArgMax(expected) == LogSoftmax.ArgMax(actual),
            largest,
            Math.Sqrt(differences / squares),
            largest / Math.Sqrt(squares / expected.Length));
    }

    /// <summary>What is wrong with a row by itself: it has what is no number, or one number for every token; null if nothing is.</summary>
    internal static string? Garbage(float[] row) =>
        !TensorPrimitives.IsFiniteAll<float>(row) ? "not finite"
        : TensorPrimitives.Max<float>(row) == TensorPrimitives.Min<float>(row) ? "the same for every token"
        : null;

    /// <summary>The root mean square of centred logits.</summary>
    internal static double Spread(float[] row)
    {
        double mean = Mean(row), squares = 0;
        foreach (float value in row)
            squares += (value - mean) * (value - mean);
        return Math.Sqrt(squares / row.Length);
    }

    private static double Mean(float[] row)
    {
        double sum = 0;
        foreach (float value in row)
            sum += value;
        return sum / row.Length;
    }
}
