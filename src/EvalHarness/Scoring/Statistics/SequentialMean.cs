namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// The interval of a mean whose values come one by one. It may be looked at after each of them: the probability that an end of it ever lies
/// on the wrong side of the mean is at most its level, however often one looks and whenever one stops.
/// </summary>
/// <remarks>
/// Source: as <see cref="SequentialTest"/>. Where that asks one question, here the stakes are those for means of several sizes, because the
/// end of an interval is wanted as sharp as the values allow. A mean of such fortunes grows on average by nothing, as each of them does.
/// </remarks>
/// <param name="scale">A mean that matters, above 0. The interval becomes sharpest for distances from an eighth of it to all of it.</param>
/// <param name="level">The level of each side, above 0 and below 1.</param>
/// <param name="bound">The largest absolute value, 1 or more. The mean itself lies between -1 and 1.</param>
internal sealed class SequentialMean(double scale, double level, double bound)
{
    /// <summary>Steps of the bisection that finds an end of the interval.</summary>
    private const int Steps = 30;

    private static readonly double[] Shares = [1, 1.0 / 2, 1.0 / 4, 1.0 / 8];

    private readonly List<double> _values = [];
    private Interval? _interval;

    /// <summary>The number of values.</summary>
    internal int Count => _values.Count;

    /// <summary>The mean of the values so far; 0 before there is one.</summary>
    internal double Mean => _values.Count == 0 ? 0 : _values.Average();

    /// <exception cref="ArgumentOutOfRangeException">It is larger than the bound, which would break the promise of the level.</exception>
    internal void Add(double value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Math.Abs(value), bound);
        _values.Add(value);
        _interval = null;
    }

    /// <summary>The means that are not rejected by the values so far; from -1 to 1 before there is one.</summary>
    internal Interval Interval() => _interval ??= new Interval(End(-1, isAbove: true), End(1, isAbove: false));

    /// <summary>The first mean on the way from the middle to an end that is rejected; the end itself if none is.</summary>
    private double End(double far, bool isAbove)
    {
        if (IsKept(far, isAbove))
            return far;
        double kept = Math.Clamp(Mean, -1, 1), rejected = far;
        for (int i = 0; i < Steps; i++)
        {
            double middle = (kept + rejected) / 2;
            (kept, rejected) = IsKept(middle, isAbove) ? (middle, rejected) : (kept, middle);
        }

        return rejected;
    }

    /// <summary>What was rejected after any of the values stays rejected.</summary>
    private bool IsKept(double mean, bool isAbove)
    {
        double limit = -Math.Log(level);
        BettingFortune[] fortunes =
            [.. Shares.Select(share => new BettingFortune(isAbove ? mean : -mean, isAbove ? 1 : -1, share * scale, bound))];
        foreach (double value in _values)
        {
            foreach (BettingFortune fortune in fortunes)
                fortune.Add(value);
            // The mean of the fortunes is no larger than the largest of them.
            if (fortunes.Any(f => f.Reaches(limit)) && Logarithm(fortunes) >= limit)
                return false;
        }

        return true;
    }

    /// <summary>The natural logarithm of the mean of fortunes.</summary>
    private static double Logarithm(BettingFortune[] fortunes)
    {
        double[] logarithms = [.. fortunes.Select(f => f.Logarithm)];
        double largest = logarithms.Max();
        return largest + Math.Log(logarithms.Average(l => Math.Exp(l - largest)));
    }
}
