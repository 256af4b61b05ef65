using EvalHarness.Scoring.Statistics;
using MathNet.Numerics.Distributions;

namespace EvalHarness.Tests.Scoring.Statistics;

/// <summary>Rows that are alike in a simulated history.</summary>
/// <param name="Count">How many they are.</param>
/// <param name="Weight">What a right row adds to the score.</param>
/// <param name="Right">The probability that such a row is right, by night from 0.</param>
internal sealed record AlikeRows(int Count, double Weight, Func<int, double> Right);

/// <summary>
/// Histories drawn at random whose true levels are known, searched for steps as <c>history</c> does. Each row is right or wrong
/// independently of the others and of the other nights. The benchmarks' study of the history is made of it too.
/// </summary>
internal static class NightSimulation
{
    /// <summary>Below this many trials a binomial number is drawn trial by trial.</summary>
    private const int Few = 16;

    /// <summary>The steps that are found in one history.</summary>
    internal static IReadOnlyList<int> Steps(Random random, int nights, int rows, params AlikeRows[] classes)
    {
        (double[] scores, RowChanges[] pairs) = Draw(random, nights, classes);
        return ChangePoints.Find(scores, NightNoise.Of(pairs, rows));
    }

    /// <param name="random">Where the nights come from.</param>
    /// <param name="nights">How many nights.</param>
    /// <param name="classes">The rows that vary. Those that are always right or always wrong need not be named.</param>
    internal static (double[] Scores, RowChanges[] Pairs) Draw(Random random, int nights, IReadOnlyList<AlikeRows> classes)
    {
        int[] right = [.. classes.Select(c => Successes(random, c.Count, c.Right(0)))];
        double[] scores = new double[nights];
        var pairs = new RowChanges[nights - 1];
        for (int night = 0; night < nights; night++)
        {
            double squares = 0, largest = 0;
            for (int i = 0; i < right.Length; i++)
            {
                (int count, double weight, Func<int, double> share) = classes[i];
                if (night > 0)
                {
                    int lost = Successes(random, right[i], 1 - share(night)), won = Successes(random, count - right[i], share(night));
                    right[i] += won - lost;
                    squares += weight * weight * (lost + won);
                    largest = lost + won == 0 ? largest : Math.Max(largest, weight);
                }

                scores[night] += weight * right[i];
            }

            if (night > 0)
                pairs[night - 1] = new RowChanges(squares, largest);
        }

        return (scores, pairs);
    }

    /// <summary>Draws a binomial number. Half of the trials are decided at once by their median, which is a beta number.</summary>
    /// <remarks>Source: Devroye 1986, Non-Uniform Random Variate Generation, section X.4.3.</remarks>
    private static int Successes(Random random, int trials, double share)
    {
        int successes = 0;
        while (trials >= Few && share is > 0 and < 1)
        {
            int middle = (trials + 1) / 2;
            double median = Beta.Sample(random, middle, trials + 1 - middle);
            if (median <= share)
            {
                successes += middle;
                trials -= middle;
                share = Math.Min(1, (share - median) / (1 - median));
            }
            else
            {
                trials = middle - 1;
                share = Math.Min(1, share / median);
            }
        }

        if (share >= 1)
            return successes + trials;
        for (int i = 0; i < trials && share > 0; i++)
            successes += random.NextDouble() < share ? 1 : 0;
        return successes;
    }

    internal static double Share(int draws, int seed, Func<Random, bool> happens)
    {
        var random = new Random(seed);
        return (double)Enumerable.Range(0, draws).Count(_ => happens(random)) / draws;
    }

    /// <summary>The share of unchanged histories with any step, if each row is right with the same probability every night.</summary>
    internal static double FalseAlarms(int draws, int nights, int rows, double share) =>
        Share(draws, 20261126, random => Steps(random, nights, rows, new AlikeRows(rows, 1.0 / rows, _ => share)).Count > 0);

    /// <summary>The same if all rows always have the same score but a few, which are wrong with some probability.</summary>
    internal static double FalseAlarmsOfFew(int draws, int nights, int rows, int few, double wrong) =>
        Share(draws, 20261126, random => Steps(random, nights, rows, new AlikeRows(few, 1.0 / rows, _ => 1 - wrong)).Count > 0);

    /// <summary>The share of histories in which a drop from one night on is found; only that night counts if it must be exact.</summary>
    internal static double Found(int draws, int nights, int at, int rows, double before, double after, bool exact = false) =>
        Share(draws, 20261126, random => Hit(
            Steps(random, nights, rows, new AlikeRows(rows, 1.0 / rows, night => night < at ? before : after)), at, exact));

    /// <summary>The same if some rows are lost for good, a few others are noisy, and the rest never changes.</summary>
    internal static double FoundAmongStable(int draws, int nights, int at, int rows, int lost, int few, double wrong, bool exact = false) =>
        Share(draws, 20261126, random => Hit(
            Steps(
                random,
                nights,
                rows,
                new AlikeRows(lost, 1.0 / rows, night => night < at ? 1 : 0),
                new AlikeRows(few, 1.0 / rows, _ => 1 - wrong)),
            at,
            exact));

    private static bool Hit(IReadOnlyList<int> steps, int at, bool exact) => exact ? steps.Contains(at) : steps.Count > 0;
}
