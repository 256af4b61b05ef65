namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// The mean that people's labels would have over all rows, from labels of some rows and a judge's grades of all: the mean of the labels,
/// moved by what the judge's grades of all rows say beyond those of the labelled ones, as far as grades go along with labels.
/// </summary>
/// <remarks>
/// The labelled rows must be drawn at random from all rows. Source: Angelopoulos et al. 2023, Science 382, 669-674, with the factor of
/// Angelopoulos, Duchi and Zrnic 2023, arXiv:2311.01453; it is the regression estimator of two-phase sampling (Cochran 1977, Sampling
/// Techniques, 12.6), from which the degrees of freedom are taken.
/// </remarks>
/// <param name="Value">The corrected mean; within 0 to 1 where labels and grades are.</param>
/// <param name="Interval">Its 95% interval; within 0 to 1 where labels and grades are.</param>
/// <param name="Trust">How far the judge is followed: 1 wholly, 0 not at all, so that the labels speak alone.</param>
internal sealed record PredictionPowered(double Value, Interval Interval, double Trust)
{
    /// <summary>Labels that are needed at least: one more than the mean and the slope of labels over grades take.</summary>
    internal const int FewestLabels = 3;

    /// <summary>What happens to one row in n/3 is seen in none of n rows with a probability of 5%.</summary>
    private const double RuleOfThree = 3;

    /// <param name="labelled">Label and grade of each row that has both.</param>
    /// <param name="others">Grades of the rows without a label.</param>
    /// <returns>
    /// Null with fewer than <see cref="FewestLabels"/> labels, which give no interval. Without other rows it is the mean of the labels,
    /// with the interval that any score of so many rows has.
    /// </returns>
    internal static PredictionPowered? Of(IReadOnlyList<(double Label, double Grade)> labelled, IReadOnlyList<double> others)
    {
        int n = labelled.Count, rest = others.Count;
        if (n < FewestLabels)
            return null;
        double label = labelled.Average(r => r.Label), grade = labelled.Average(r => r.Grade);
        double together = labelled.Sum(r => (r.Label - label) * (r.Grade - grade)), spread = labelled.Sum(r => Square(r.Grade - grade));
        double trust = spread > 0 ? together / spread * rest / (n + rest) : 0;
        if (trust == 0)
        {
            double alone = Math.Sqrt(labelled.Sum(r => Square(r.Label - label)) / (n - 1) / n);
            return new PredictionPowered(label, Interval.OfMean(label, n, alone)!.Value, 0);
        }

        double ofOthers = others.Average(), value = label + (trust * (ofOthers - grade));
        double residual = labelled.Sum(r => Square(r.Label - label - (trust * (r.Grade - grade)))) / (n - 2);
        double between = rest < 2 ? spread / (n - 1) : others.Sum(g => Square(g - ofOthers)) / (rest - 1);
        bool isBounded = labelled.All(r => r is { Label: >= 0 and <= 1, Grade: >= 0 and <= 1 }) && others.All(g => g is >= 0 and <= 1);
        double unseen = isBounded ? UnseenErrors(labelled) : 0;
        double error = Math.Sqrt((residual / n) + (trust * trust * (unseen + (between / rest))));
        if (isBounded)
            value = Math.Clamp(value, 0, 1);
        // The slope takes a degree of freedom, as a row less would.
        return new PredictionPowered(value, Interval.OfMean(value, n - 1, error)!.Value, trust);
    }

    /// <summary>
    /// The variance by which the interval reaches as far as errors of the judge that the labels did not show: where it is right on all n
    /// labelled rows, it can be wrong on 3/n of the others. The more labelled rows it is wrong on, the less is added, as
    /// <see cref="PairedRows"/> does for changes of rows.
    /// </summary>
    private static double UnseenErrors(IReadOnlyList<(double Label, double Grade)> labelled)
    {
        double same = (double)labelled.Count(r => r.Label == r.Grade) / labelled.Count;
        double wrong = labelled.Sum(r => Math.Abs(r.Label - r.Grade));
        double size = wrong == 0 ? 1 : labelled.Sum(r => Square(r.Label - r.Grade)) / wrong;
        return Square(RuleOfThree / Interval.Normal95 * size * same / labelled.Count);
    }

    private static double Square(double value) => value * value;
}
