using EvalHarness.Pythonic;
using EvalHarness.Tasks;

namespace EvalHarness.Engines;

/// <summary>
/// Chooses the next token from a row of logits: the most likely one, or one that is sampled after temperature, top_k, top_p and min_p are
/// applied in that order. A repetition penalty changes the logits before either. Each completion has its own sampler with its own seed, so
/// that a sampled completion depends on its request alone.
/// </summary>
/// <remarks>Source: the steps have the order and meaning of the logits processors and warpers of Hugging Face transformers.</remarks>
internal sealed class TokenSampler(GenerationOptions options, int seed)
{
    private readonly MersenneTwister? _random = options.Greedy ? null : new MersenneTwister(seed);
    private readonly HashSet<int> _seen = [];

    /// <summary>Tells the sampler which tokens the prompt has, or which token was chosen, for the repetition penalty.</summary>
    public void See(params ReadOnlySpan<int> tokens)
    {
        if (options.RepetitionPenalty == 1)
            return;
        foreach (int token in tokens)
            _seen.Add(token);
    }

    /// <param name="logits">One row of logits, [vocabulary].</param>
    /// <returns>The id of the chosen token.</returns>
    public int Next(ReadOnlySpan<float> logits)
    {
        if (options.RepetitionPenalty != 1)
            logits = Penalized(logits);
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
        if (options.MinP > 0)
            (kept, total) = LikelyEnough(weights, kept);
        double drawn = _random.NextDouble() * total;
        for (int i = 0; i < kept - 1; i++)
        {
            drawn -= weights[i];
            if (drawn < 0)
                return tokens[i];
        }

        return tokens[kept - 1];
    }

    private float[] Penalized(ReadOnlySpan<float> logits)
    {
        float[] row = logits.ToArray();
        float penalty = (float)options.RepetitionPenalty;
        foreach (int token in _seen)
            row[token] = row[token] < 0 ? row[token] * penalty : row[token] / penalty;
        return row;
    }

    /// <summary>Keeps the tokens whose weight is at least min_p; the most likely token has the weight 1.</summary>
    private (int Kept, double Total) LikelyEnough(double[] weights, int kept)
    {
        double total = 0;
        for (int i = 0; i < kept; i++)
        {
            if (weights[i] < options.MinP)
                return (i, total);
            total += weights[i];
        }

        return (kept, total);
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
