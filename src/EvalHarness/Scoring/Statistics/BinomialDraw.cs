using EvalHarness.Pythonic;

namespace EvalHarness.Scoring.Statistics;

/// <summary>Draws from binomial distributions, in a time that does not grow with the number of trials.</summary>
/// <remarks>
/// Source: W. Hörmann, "The generation of binomial random variates" (1993), algorithm BTRS, and inversion by sequential search where few
/// successes are expected. It is written here because MathNet.Numerics, which the project uses for distributions, makes each trial.
/// </remarks>
internal static class BinomialDraw
{
    /// <summary>Expected successes from which on the rejection method is valid.</summary>
    private const double Few = 10;

    /// <summary>What Stirling's formula leaves of ln k!, for k from 0 to 9.</summary>
    private static readonly double[] Tails =
    [
        0.08106146679532726, 0.04134069595540929, 0.02767792568499834, 0.02079067210376509, 0.01664469118982119,
        0.01387612882307075, 0.01189670994589177, 0.01041126526197209, 0.009255462182712733, 0.008330563433362871,
    ];

    /// <param name="random">Where random numbers come from.</param>
    /// <param name="trials">0 or more.</param>
    /// <param name="share">The probability of a success, from 0 to 1.</param>
    /// <returns>A number of successes, from 0 to <paramref name="trials"/>.</returns>
    internal static long Next(MersenneTwister random, long trials, double share)
    {
        if (share > 0.5)
            return trials - Next(random, trials, 1 - share);
        return trials == 0 || share <= 0 ? 0 : trials * share < Few ? Search(random, trials, share) : Reject(random, trials, share);
    }

    private static long Search(MersenneTwister random, long trials, double share)
    {
        double odds = share / (1 - share), none = Math.Exp(trials * Math.Log(1 - share));
        while (true)
        {
            double left = random.NextDouble(), probability = none;
            for (long successes = 0; successes <= trials; successes++)
            {
                if (left <= probability)
                    return successes;
                left -= probability;
                probability *= odds * (trials - successes) / (successes + 1);
            }
        }
    }

    private static long Reject(MersenneTwister random, long trials, double share)
    {
        double deviation = Math.Sqrt(trials * share * (1 - share)), odds = share / (1 - share);
        double b = 1.15 + (2.53 * deviation), a = -0.0873 + (0.0248 * b) + (0.01 * share), alpha = (2.83 + (5.1 / b)) * deviation;
        double mode = Math.Floor((trials + 1) * share);
        while (true)
        {
            double u = random.NextDouble() - 0.5, v = random.NextDouble(), edge = 0.5 - Math.Abs(u);
            double k = Math.Floor((((2 * a / edge) + b) * u) + (trials * share) + 0.5);
            if (edge >= 0.07 && v <= 0.92 - (4.2 / b))
                return (long)k;
            // An edge of 0 gives no number; then the comparison is false.
            if (!(k >= 0 && k <= trials))
                continue;
            double accepted = ((mode + 0.5) * Math.Log((mode + 1) / (odds * (trials - mode + 1))))
                + ((trials + 1) * Math.Log((trials - mode + 1) / (trials - k + 1)))
                + ((k + 0.5) * Math.Log(odds * (trials - k + 1) / (k + 1)))
                + Tail(mode) + Tail(trials - mode) - Tail(k) - Tail(trials - k);
            if (Math.Log(v * alpha / ((a / (edge * edge)) + b)) <= accepted)
                return (long)k;
        }
    }

    private static double Tail(double k)
    {
        if (k < Tails.Length)
            return Tails[(int)k];
        double next = k + 1, square = next * next;
        return ((1.0 / 12) - (((1.0 / 360) - (1.0 / 1260 / square)) / square)) / next;
    }
}
