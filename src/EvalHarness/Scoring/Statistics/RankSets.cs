using EvalHarness.Pythonic;
using MathNet.Numerics.LinearAlgebra;

namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// The ranks that each player can have, all of them together with 95%: from 1 and the number of players that are surely better, to all
/// less the number of those that are surely worse. Surely better is who is so in simultaneous intervals of all differences of two.
/// </summary>
/// <remarks>
/// Source: Mogstad, Romano, Shaikh and Wilhelm 2024, Review of Economic Studies 91, 476-518, with the largest of all studentized
/// differences drawn from the normal distribution with the fit's covariance, as Hothorn, Bretz and Westfall 2008, Biometrical Journal 50,
/// 346-363, do.
/// </remarks>
/// <param name="Critical">How many standard errors a difference must have.</param>
/// <param name="Ranks">The best and the worst rank of each player, from 1.</param>
internal sealed record RankSets(double Critical, IReadOnlyList<(int Best, int Worst)> Ranks)
{
    /// <summary>Draws of all strengths together; the critical value is known to about half a percent.</summary>
    internal const int Draws = 10_000;

    private const int Chunk = 500;

    /// <param name="fit">The strengths.</param>
    /// <param name="seed">The seed of the draws; chunk i of them has the seed plus i.</param>
    internal static RankSets Of(BradleyTerry fit, int seed)
    {
        int players = fit.Players;
        double[][] root = Root(fit.Covariance, players), precision = [.. Enumerable.Range(0, players).Select(Precisions)];
        double[] largest = new double[Draws];
        Parallel.For(0, Draws / Chunk, chunk =>
        {
            var random = new MersenneTwister(seed + chunk);
            double[] normal = new double[players], strengths = new double[players];
            foreach (ref double value in largest.AsSpan(chunk * Chunk, Chunk))
            {
                for (int i = 0; i < players; i++)
                    normal[i] = random.NextGaussian();
                for (int i = 0; i < players; i++)
                    strengths[i] = Dot(root[i], normal);
                value = Largest(strengths, precision);
            }
        });
        Array.Sort(largest);
        double critical = largest[(int)Math.Ceiling(0.95 * Draws) - 1] * fit.Quantile / Interval.Normal95;
        int[] better = new int[players], worse = new int[players];
        for (int i = 0; i < players; i++)
        {
            for (int j = 0; j < players; j++)
            {
                (double value, double error) = fit.Difference(j, i);
                better[i] += i != j && value > critical * error ? 1 : 0;
                worse[i] += i != j && -value > critical * error ? 1 : 0;
            }
        }

        return new RankSets(critical, [.. Enumerable.Range(0, players).Select(i => (1 + better[i], players - worse[i]))]);

        // Differences without an error are equal in every draw.
        double[] Precisions(int i) =>
            [.. Enumerable.Range(0, i).Select(j => fit.Difference(i, j).Error is > 0 and var error ? 1 / error : 0)];
    }

    private static double Dot(double[] row, double[] normal)
    {
        double sum = 0;
        for (int j = 0; j < row.Length; j++)
            sum += row[j] * normal[j];
        return sum;
    }

    private static double Largest(double[] strengths, double[][] precision)
    {
        double largest = 0;
        for (int i = 1; i < strengths.Length; i++)
        {
            double own = strengths[i];
            double[] row = precision[i];
            for (int j = 0; j < row.Length; j++)
                largest = Math.Max(largest, Math.Abs(own - strengths[j]) * row[j]);
        }

        return largest;
    }

    /// <summary>
    /// The rows of a triangular root of the covariance. It has no variance in one direction at least, because the strengths sum to 0, and
    /// what rounding leaves there is left out.
    /// </summary>
    private static double[][] Root(Matrix<double> covariance, int players)
    {
        double[][] root = [.. Enumerable.Range(0, players).Select(i => new double[i + 1])];
        double smallest = 1e-12 * Enumerable.Range(0, players).Max(i => covariance[i, i]);
        for (int j = 0; j < players; j++)
        {
            double left = covariance[j, j] - root[j].Take(j).Sum(v => v * v);
            if (left <= smallest)
                continue;
            double pivot = root[j][j] = Math.Sqrt(left);
            for (int i = j + 1; i < players; i++)
            {
                double together = 0;
                for (int k = 0; k < j; k++)
                    together += root[i][k] * root[j][k];
                root[i][j] = (covariance[i, j] - together) / pivot;
            }
        }

        return root;
    }
}
