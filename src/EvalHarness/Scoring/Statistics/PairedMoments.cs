namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// The mean of a base over rows, that of the candidate's difference from it, and how both vary together. The rows of a task are drawn; of
/// a group the tasks are drawn too, as <see cref="PairedRows"/> has it.
/// </summary>
/// <param name="Tasks">The number of tasks.</param>
/// <param name="Freedom">The degrees of freedom of the variances, above 0; 0 where a single row has none.</param>
/// <param name="Base">The mean of the base.</param>
/// <param name="Difference">The mean of candidate minus base.</param>
/// <param name="BaseVariance">The variance of <paramref name="Base"/>.</param>
/// <param name="Covariance">The covariance of <paramref name="Base"/> and <paramref name="Difference"/>.</param>
/// <param name="DifferenceVariance">The variance of <paramref name="Difference"/>, changes that were not seen included.</param>
internal sealed record PairedMoments(
    int Tasks, double Freedom, double Base, double Difference, double BaseVariance, double Covariance, double DifferenceVariance)
{
    /// <summary>The sums of a task's rows, or of their squared deviations.</summary>
    private sealed class Sums
    {
        internal double Count, Base, Difference, SquaredBase, Product, SquaredDifference;
    }

    /// <param name="rows">As for <see cref="PairedRatio.Of"/>.</param>
    /// <param name="sameWeights">As for <see cref="PairedRatio.Of"/>.</param>
    internal static PairedMoments Of(IReadOnlyCollection<PairedRow> rows, bool sameWeights)
    {
        var byTask = new OrderedDictionary<int, Sums>();
        foreach (PairedRow row in rows)
        {
            if (!byTask.TryGetValue(row.Task, out Sums? task))
                byTask[row.Task] = task = new Sums();
            task.Count++;
            task.Base += row.Base;
            task.Difference += row.Candidate - row.Base;
        }

        foreach (PairedRow row in rows)
        {
            Sums task = byTask[row.Task];
            double x = row.Base - (task.Base / task.Count), y = row.Candidate - row.Base - (task.Difference / task.Count);
            task.SquaredBase += x * x;
            task.Product += x * y;
            task.SquaredDifference += y * y;
        }

        Sums[] tasks = [.. byTask.Values];
        double[] weights = [.. tasks.Select(t => sameWeights ? 1.0 / tasks.Length : t.Count / rows.Count)];
        double left = Mean(t => t.Base), difference = Mean(t => t.Difference);
        (double, double, double) variances = (Within(t => t.SquaredBase), Within(t => t.Product), Within(t => t.SquaredDifference));
        double freedom = rows.Count - 1;
        if (tasks.Length > 1)
        {
            freedom = Math.Max(1, (1 / weights.Sum(w => w * w)) - 1);
            double betweenDifferences = Between(t => t.Difference, difference, t => t.Difference, difference);
            // All three of one kind, so that they are the variances of something.
            if (betweenDifferences > variances.Item3)
            {
                variances = (
                    Between(t => t.Base, left, t => t.Base, left),
                    Between(t => t.Base, left, t => t.Difference, difference),
                    betweenDifferences);
            }
        }

        return new PairedMoments(
            tasks.Length, freedom, left, difference, variances.Item1, variances.Item2, variances.Item3 + Unseen());

        double Mean(Func<Sums, double> sum) => tasks.Zip(weights, (t, w) => w * sum(t) / t.Count).Sum();

        double Within(Func<Sums, double> squares) =>
            tasks.Zip(weights, (t, w) => t.Count < 2 ? 0 : w * w * squares(t) / (t.Count * (t.Count - 1))).Sum();

        // By leaving out one task after the other, as PairedRows does.
        double Between(Func<Sums, double> x, double meanOfX, Func<Sums, double> y, double meanOfY) =>
            (tasks.Length - 1.0) / tasks.Length * tasks.Zip(weights, (t, w) =>
                w / (1 - w) * ((x(t) / t.Count) - meanOfX) * (w / (1 - w)) * ((y(t) / t.Count) - meanOfY)).Sum();

        // As in PairedRows: few changes say little about how many there are.
        double Unseen()
        {
            if (!rows.All(r => r.IsBounded))
                return 0;
            double unchanged = (double)rows.Count(r => r.Base == r.Candidate) / rows.Count;
            double row = tasks.Zip(weights, (t, w) => w / t.Count).Max();
            return Statistics.Interval.Normal95 * Statistics.Interval.Normal95 * unchanged * unchanged * row * row;
        }
    }

    /// <summary>The interval of the candidate's mean over the base's: the ratios that Student's test does not reject.</summary>
    /// <param name="why">Why there is none, as a sentence without its full stop; null where there is one.</param>
    /// <remarks>Source: Fieller 1954, Some problems in interval estimation, J. R. Stat. Soc. B 16, 175-185.</remarks>
    internal Interval? Fieller(out string? why)
    {
        if (Freedom < 1)
        {
            why = "a single document does not say how much the ratio varies";
            return null;
        }

        if (DifferenceVariance == 0)
        {
            why = "all differences are equal, which does not say how much the ratio varies";
            return null;
        }

        double t = StudentQuantile.Upper(Freedom, Statistics.Interval.Level95), square = t * t;
        double a = (Base * Base) - (square * BaseVariance), c = (Difference * Difference) - (square * DifferenceVariance);
        double half = (Base * Difference) - (square * Covariance);
        if (a <= 0)
        {
            why = Tasks > 1
                ? "its tasks lie too far apart for bounds of the ratio"
                : "the base's mean is not surely above 0, so that the ratio has no bounds";
            return null;
        }

        double root = Math.Sqrt(Math.Max(0, (half * half) - (a * c)));
        why = null;
        return new Interval(Math.Max(0, 1 + ((half - root) / a)), 1 + ((half + root) / a));
    }
}
