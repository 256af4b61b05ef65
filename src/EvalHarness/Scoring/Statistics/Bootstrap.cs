using EvalHarness.Pythonic;

namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// Estimates standard errors by resampling. It draws like Python's <c>random.choices</c>, in chunks of 1,000 draws of which chunk i is
/// seeded with i, so that errors depend neither on threads nor on the machine.
/// </summary>
/// <remarks>Source: the behaviour of lm-evaluation-harness's bootstrap_stderr.</remarks>
internal static class Bootstrap
{
    /// <summary>The most rows, or counts, that the draws for one standard error take together: some seconds of one core.</summary>
    internal const long Limit = 1_000_000_000;

    private const int ChunkSize = 1_000;

    /// <returns>
    /// The number of draws: as many as are asked for, or fewer so that draws x <paramref name="size"/> stays within
    /// <see cref="Limit"/>, but not fewer than 1,000 of those asked for. As in lm-evaluation-harness, a last chunk of fewer than 1,000
    /// draws is left out.
    /// </returns>
    /// <param name="asked">At least 1.</param>
    /// <param name="size">The rows, or counts, that one draw takes, at least 1.</param>
    internal static int Draws(int asked, long size)
    {
        long most = Math.Max(ChunkSize, Limit / size);
        int chunk = Math.Min(ChunkSize, asked);
        return (int)Math.Min(asked, most) / chunk * chunk;
    }

    /// <param name="statistic">Computes the statistic of a resampled corpus, which is given as document indices.</param>
    /// <param name="count">The number of documents.</param>
    /// <param name="draws">The number of draws, as <see cref="Draws"/> gives it.</param>
    internal static double StandardError(Func<ReadOnlySpan<int>, double> statistic, int count, int draws) =>
        Deviation(draws, (random, values) =>
        {
            int[] sample = new int[count];
            foreach (ref double value in values)
            {
                random.Choose(sample, count);
                value = statistic(sample);
            }
        });

    /// <summary>
    /// The same estimate where a statistic depends on counts alone, in which each row is one: the counts of as many rows drawn with
    /// replacement have a multinomial distribution, and drawing them costs the counts, not the rows. The random numbers are others.
    /// </summary>
    /// <param name="statistic">Computes the statistic of resampled counts.</param>
    /// <param name="counts">The counts of the rows, 0 or more.</param>
    /// <param name="draws">The number of draws, as <see cref="Draws"/> gives it.</param>
    internal static double StandardError(Func<ReadOnlySpan<long>, double> statistic, long[] counts, int draws)
    {
        long rows = counts.Sum();
        return Deviation(draws, (random, values) =>
        {
            long[] drawn = new long[counts.Length];
            foreach (ref double value in values)
            {
                long left = rows, open = rows;
                for (int i = 0; i < counts.Length; i++)
                {
                    drawn[i] = counts[i] == open ? left : BinomialDraw.Next(random, left, (double)counts[i] / open);
                    left -= drawn[i];
                    open -= counts[i];
                }

                value = statistic(drawn);
            }
        });
    }

    private delegate void Fill(MersenneTwister random, Span<double> values);

    private static double Deviation(int draws, Fill fill)
    {
        int chunk = Math.Min(ChunkSize, draws);
        double[] values = new double[draws];
        Parallel.For(0, draws / chunk, i => fill(new MersenneTwister(i), values.AsSpan(i * chunk, chunk)));
        double mean = Aggregation.Mean(values), squares = 0;
        foreach (double value in values)
            squares += (value - mean) * (value - mean);
        return Math.Sqrt(squares / (draws - 1));
    }
}
