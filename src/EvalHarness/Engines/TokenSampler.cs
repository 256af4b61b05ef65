using EvalHarness.Pythonic;
using EvalHarness.Tasks;

namespace EvalHarness.Engines;

/// <summary>
/// Chooses the next token from a row of logits: greedy, or sampled after temperature, top_k and top_p, in that order. One per
/// completion, with a seed of its own, so that a sampled completion depends on nothing but its request.
/// </summary>
/// <remarks>Source: order and meaning of the steps as in Hugging Face transformers' logits warpers.</remarks>
public sealed class TokenSampler(GenerationOptions options, int seed)
{
    private readonly MersenneTwister? _random = options.Greedy ? null : new MersenneTwister(seed);

    public int Next(ReadOnlySpan<float> logits)
    {
        if (_random is null)
            return LogSoftmax.ArgMax(logits);
        float[] row = logits.ToArray();
        int[] tokens = [.. Enumerable.Range(0, row.Length)];
        // Likeliest first, and equal logits by token id: the order must not depend on the sort.
        Array.Sort(tokens, (a, b) => row[a] != row[b] ? row[b].CompareTo(row[a]) : a.CompareTo(b));
        int kept = options.TopK > 0 ? Math.Min(options.TopK, tokens.Length) : tokens.Length;
        double[] weights = new double[kept];
        double total = 0;
        for (int i = 0; i < kept; i++)
            total += weights[i] = Math.Exp((row[tokens[i]] - (double)row[tokens[0]]) / options.Temperature);
        if (options.TopP < 1)
            (kept, total) = Nucleus(weights, total);
        double drawn = _random.NextDouble() * total;
        for (int i = 0; i < kept - 1; i++)
        {
            drawn -= weights[i];
            if (drawn < 0)
                return tokens[i];
        }

        return tokens[kept - 1];
    }

    /// <summary>The fewest likeliest tokens whose probability reaches top_p.</summary>
    private (int Kept, double Total) Nucleus(double[] weights, double total)
    {
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            sum += weights[i];
            if (sum >= options.TopP * total)
                return (i + 1, sum);
        }

        return (weights.Length, sum);
    }
}
