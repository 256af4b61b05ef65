namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// What the rows of one night and those of the night before say about the noise of a score, which is a weighted sum of rows.
/// </summary>
/// <param name="Squares">The sum over rows of the squared change of what the row adds to the score.</param>
/// <param name="Largest">The largest such change, without its sign.</param>
internal readonly record struct RowChanges(double Squares, double Largest);

/// <summary>
/// How much a score varies from night to night when the same rows are answered each night and nothing has changed. Rows are noisy
/// independently of each other and of the other nights.
/// </summary>
internal sealed class NightNoise
{
    /// <summary>
    /// Changes of one row that are added to those that were seen. They make up for the uncertainty of a variance that is estimated from
    /// F changes: it raises the tail beyond z deviates by a factor of about exp(z⁴ / 8F), as much as z² / 4 more changes reduce it. They
    /// also keep a series in which no row ever changed before from showing every change.
    /// </summary>
    private const int AddedChanges = 4;

    private const int Bisections = 60;

    /// <summary>Below this many deviates nothing is called, and the tail need not be known exactly.</summary>
    private const double NotClear = 2;

    private readonly double _unit;
    private readonly int _rows;

    /// <summary>The probability with which a row differs from its usual answer, if all rows are equally noisy.</summary>
    private readonly double _rate;

    private NightNoise(double variance, double unit, int rows)
    {
        (Variance, _unit, _rows) = (variance, unit, rows);
        double ofARow = unit > 0 ? Math.Min(0.25, variance / (unit * unit) / rows) : 0;
        _rate = (1 - Math.Sqrt(1 - (4 * ofARow))) / 2;
    }

    /// <summary>The variance of one night's score.</summary>
    public double Variance { get; }

    /// <summary>Takes the noise from pairs of successive nights.</summary>
    /// <param name="pairs">One or more.</param>
    /// <param name="rows">The number of rows of a night.</param>
    public static NightNoise Of(IReadOnlyList<RowChanges> pairs, int rows)
    {
        // The change of a row has twice the variance of the row.
        double unit = pairs.Max(p => p.Largest);
        return new NightNoise((pairs.Sum(p => p.Squares) + (AddedChanges * unit * unit)) / (2 * pairs.Count), unit, rows);
    }

    /// <summary>
    /// Takes standard errors for the noise, where the rows are not known. They are the error of a score whose rows are drawn anew each
    /// night, so that they are too large, and a step must be larger than with known rows.
    /// </summary>
    public static NightNoise OfStandardErrors(IEnumerable<double> errors) => new(errors.Average(e => e * e), unit: 0, rows: 0);

    /// <summary>The standard error of the difference of the means of so many nights before and after a step.</summary>
    public double StandardError(int before, int after) => Math.Sqrt(Variance * ((1.0 / before) + (1.0 / after)));

    /// <summary>
    /// Returns how many standard deviations of a normal distribution are as improbable as a difference of means. It is 0 for a difference
    /// of no more than one row.
    /// </summary>
    /// <param name="difference">The mean after minus the mean before.</param>
    /// <param name="before">The number of nights before.</param>
    /// <param name="after">The number of nights after.</param>
    /// <remarks>
    /// Few noisy rows have longer tails than the normal distribution. The bound is that of Chernoff 1952, Ann. Math. Stat. 23, 493-507, for
    /// rows that are all equally noisy, and whose usual answer is the right or the wrong one, whichever makes the difference more probable.
    /// The deviates are the square root of twice its exponent, and no more than those of the normal distribution.
    /// </remarks>
    public double Deviate(double difference, int before, int after)
    {
        double size = Math.Abs(difference), normal = size / StandardError(before, after);
        if (normal <= NotClear || _unit == 0)
            return normal;
        double units = size / _unit;
        if (units <= 1 + 1e-9)
            return 0;
        return Math.Min(normal, Math.Sqrt(2 * Math.Min(Exponent(units, before, after, 1), Exponent(units, before, after, -1))));
    }

    /// <summary>Maximizes θ·units minus the cumulant generating function of the difference.</summary>
    /// <param name="units">The difference in changes of one row.</param>
    /// <param name="before">The number of nights before.</param>
    /// <param name="after">The number of nights after.</param>
    /// <param name="sign">1 if rare answers raise the score, -1 if they lower it.</param>
    private double Exponent(double units, int before, int after, int sign)
    {
        double low = 0, high = 60.0 * Math.Min(before, after);
        for (int i = 0; i < Bisections; i++)
        {
            double middle = (low + high) / 2;
            if (sign * (Slope(sign * middle / after) - Slope(-sign * middle / before)) > units)
                high = middle;
            else
                low = middle;
        }

        double tilt = (low + high) / 2;
        double cumulants = (after * Cumulants(sign * tilt / after)) + (before * Cumulants(-sign * tilt / before));
        return Math.Max(0, (tilt * units) - cumulants);
    }

    /// <summary>The cumulant generating function of the sum of a night's rows, around its mean.</summary>
    private double Cumulants(double tilt) => _rows * (Math.Log(1 - _rate + (_rate * Math.Exp(tilt))) - (_rate * tilt));

    private double Slope(double tilt)
    {
        double rare = _rate * Math.Exp(tilt);
        return _rows * ((rare / (1 - _rate + rare)) - _rate);
    }
}
