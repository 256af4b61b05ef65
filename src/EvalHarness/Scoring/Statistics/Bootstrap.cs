using EvalHarness.Pythonic;

namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// Estimates standard errors by resampling. It draws like Python's <c>random.choices</c>, in chunks of 1,000 draws of which chunk i is
/// seeded with i.
/// </summary>
/// <remarks>Source: the behaviour of lm-evaluation-harness's bootstrap_stderr.</remarks>
internal static class Bootstrap
{
    private const int ChunkSize = 1_000;

    /// <param name="statistic">Computes the statistic of a resampled corpus, which is given as document indices.</param>
    /// <param name="count">The number of documents.</param>
    /// <param name="iterations">
    /// The number of draws. As in lm-evaluation-harness, a last chunk of fewer than 1,000 draws is left out.
    /// </param>
    internal static double StandardError(Func<ReadOnlySpan<int>, double> statistic, int count, int iterations)
    {
        int chunk = Math.Min(ChunkSize, iterations);
        double[] draws = new double[iterations / chunk * chunk];
        Parallel.For(0, iterations / chunk, i =>
        {
            var random = new MersenneTwister(i);
            int[] sample = new int[count];
            for (int draw = 0; draw < chunk; draw++)
            {
                for (int j = 0; j < count; j++)
                    sample[j] = (int)Math.Floor(random.NextDouble() * count);
                draws[(i * chunk) + draw] = statistic(sample);
            }
        });
        double mean = Aggregation.Mean(draws), squares = 0;
        foreach (double draw in draws)
            squares += (draw - mean) * (draw - mean);
        return Math.Sqrt(squares / (draws.Length - 1));
    }
}
