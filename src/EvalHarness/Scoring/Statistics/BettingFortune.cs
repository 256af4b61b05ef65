namespace EvalHarness.Scoring.Statistics;

/// <summary>The fortune of someone who bets against "the mean of these values is at most c".</summary>
internal sealed class BettingFortune
{
    /// <summary>Of the fortune, what is put on the stakes that follow the variance.</summary>
    private const double Share = 0.95;

    /// <summary>Ratio of a fixed stake to the next smaller one, and how many there are.</summary>
    private const double Ratio = 2;

    private const int Fixed = 9;

    private const int MostGains = 1000;

    /// <summary>What a bet can lose is taken to be at least so much, so that a stake has an end where c is the bound.</summary>
    private const double Smallest = 1e-6;

    /// <summary>The largest stake, as a share of the one that could lose everything.</summary>
    private const double Caution = 0.75;

    /// <summary>What is taken for the variance before there are values, and how many values that counts for.</summary>
    private const double Prior = 0.02, PriorCount = 4;

    private readonly double _mean;
    private readonly double _sign;
    private readonly double _gap;
    private readonly double _most;
    private readonly double _bound;
    private readonly double[] _logarithms = new double[Fixed];

    /// <summary>What each different value adds to the fixed stakes: there are few, and logarithms are slow.</summary>
    private readonly Dictionary<double, double[]> _gains = [];
    private double _following;
    private double _squares = Prior * PriorCount;
    private double _count = PriorCount;

    /// <param name="mean">c, of the values times <paramref name="sign"/>.</param>
    /// <param name="sign">1 to bet on a larger mean; -1 to bet on a smaller mean of the values themselves.</param>
    /// <param name="gap">How far from c the mean is expected to lie.</param>
    /// <param name="bound">The largest absolute value.</param>
    internal BettingFortune(double mean, double sign, double gap, double bound) =>
        (_mean, _sign, _gap, _bound, _most) = (mean, sign, gap, bound, Caution / Math.Max(bound + mean, Smallest));

    /// <summary>Whether the natural logarithm of the fortune is at least so much.</summary>
    internal bool Reaches(double logarithm) =>
        // The fortune is a mean of the stakes' fortunes, and none is larger than the largest of them.
        (_following >= logarithm || _logarithms.AsSpan().ContainsAnyInRange(logarithm, double.PositiveInfinity)) && Logarithm >= logarithm;

    /// <summary>The natural logarithm of the fortune, which begins with 1.</summary>
    internal double Logarithm
    {
        get
        {
            double largest = Math.Max(_following, _logarithms.Max());
            double sum = (Share * Math.Exp(_following - largest))
                + ((1 - Share) / Fixed * _logarithms.Sum(l => Math.Exp(l - largest)));
            return largest + Math.Log(sum);
        }
    }

    /// <summary>
    /// The stake with the largest growth (Kelly) where a few values are the bound, as many of either sign, all others are 0, and c lies
    /// the gap away. For small gaps it is the gap divided by the variance.
    /// </summary>
    private double BestStake(double variance)
    {
        double reach = _gap * _bound;
        return (Math.Sqrt((variance * variance) + (4 * reach * reach)) - variance) / (2 * reach * _bound);
    }

    internal void Add(double value)
    {
        double above = (_sign * value) - _mean;
        _following += Math.Log(1 + (Math.Min(_most, BestStake(_squares / _count)) * above));
        if (!_gains.TryGetValue(value, out double[]? gains))
        {
            gains = [.. Enumerable.Range(0, Fixed).Select(i => Math.Log(1 + (_most / Math.Pow(Ratio, i) * above)))];
            if (_gains.Count < MostGains)
                _gains[value] = gains;
        }

        for (int i = 0; i < Fixed; i++)
            _logarithms[i] += gains[i];
        _squares += value * value;
        _count++;
    }
}
