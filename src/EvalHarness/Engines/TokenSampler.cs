using EvalHarness.Pythonic;
using EvalHarness.Tasks;

namespace EvalHarness.Engines;

/// <summary>
/// Chooses the next token from a row of logits: the most likely one, or one that is sampled after temperature, top_k and top_p
/// are applied in that order. Each completion has its own sampler with its own seed, so that a sampled completion depends on
/// its request alone.
/// </summary>
/// <remarks>Source: the steps have the order and meaning of the logits warpers of Hugging Face transformers.</remarks>
internal sealed class TokenSampler(GenerationOptions options, int seed)
{
    private readonly MersenneTwister? _random = options.Greedy ? null : new MersenneTwister(seed);

    /// <param name="logits">One row of logits, [vocabulary].</param>
    /// <returns>The id of the chosen token.</returns>
    public int Next(ReadOnlySpan<float> logits)
    {
        if (_random is null)
            return LogSoftmax.ArgMax(logits);
        float[] row = logits.ToArray();
        int[] tokens = [.. Enumerable.Range(0, row.Length)];
        // Array.Sort is not stable, so equal logits are ordered by token id to make the order unique.
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

    /// <summary>Returns the smallest number of most likely tokens whose probabilities sum to at least top_p.</summary>
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
