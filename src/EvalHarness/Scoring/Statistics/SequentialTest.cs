namespace EvalHarness.Scoring.Statistics;

/// <summary>What is known of a mean loss at a look.</summary>
internal enum SequentialVerdict
{
    Undecided,

    /// <summary>More is lost than is allowed.</summary>
    Above,

    /// <summary>Less is lost than is allowed.</summary>
    Below,
}

/// <summary>
/// Says whether the mean of independent losses lies above or below what is allowed, and may be asked after each of them: its errors stay
/// below their levels however often it is asked, and whenever one stops.
/// </summary>
/// <remarks>
/// Source: Waudby-Smith and Ramdas 2024, J. R. Statist. Soc. B 86, 1-27. Someone bets against "the mean is at most c" with a stake that
/// was chosen before the loss was seen. If it is true, the fortune grows on average by nothing, and so ever reaches 1/level with at most
/// the probability of the level (Ville's inequality). Most of the stakes are those that are best where nothing is lost, or far more than
/// allowed, for the variance seen so far; a grid of fixed stakes is kept beside them for all other cases.
/// </remarks>
internal sealed class SequentialTest
{
    /// <summary>Steps of the bisection that finds an end of the interval.</summary>
    private const int Steps = 40;

    private readonly double _allowed;
    private readonly double _levelAbove;
    private readonly double _levelBelow;
    private readonly double _bound;
    private readonly List<double> _losses = [];
    private readonly BettingFortune _above;
    private readonly BettingFortune _below;

    /// <param name="allowed">The mean loss that is allowed, 0 to 1.</param>
    /// <param name="levelAbove">The probability of <see cref="SequentialVerdict.Above"/> where no more is lost than allowed.</param>
    /// <param name="levelBelow">The probability of <see cref="SequentialVerdict.Below"/> where no less is lost than allowed.</param>
    /// <param name="bound">The largest loss, and the largest gain, 1 or more.</param>
    internal SequentialTest(double allowed, double levelAbove, double levelBelow, double bound)
    {
        (_allowed, _levelAbove, _levelBelow, _bound) = (allowed, levelAbove, levelBelow, bound);
        (_above, _below) = (Bet(allowed, isAbove: true), Bet(allowed, isAbove: false));
    }

    internal SequentialVerdict Verdict { get; private set; }

    /// <summary>Takes the next loss. After a verdict nothing changes any more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is larger than the bound, which would break the promise of the levels.</exception>
    internal void Add(double loss)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Math.Abs(loss), _bound);
        if (Verdict != SequentialVerdict.Undecided)
            return;
        _losses.Add(loss);
        _above.Add(loss);
        _below.Add(loss);
        Verdict = _above.Reaches(-Math.Log(_levelAbove)) ? SequentialVerdict.Above
            : _below.Reaches(-Math.Log(_levelBelow)) ? SequentialVerdict.Below
            : SequentialVerdict.Undecided;
    }

    /// <summary>The mean losses that are not rejected now; from -1 to 1 before there is a loss.</summary>
    internal Interval Interval()
    {
        double mean = _losses.Count == 0 ? 0 : Math.Clamp(_losses.Average(), -1, 1);
        return new Interval(
            End(mean, -1, c => IsKept(c, isAbove: true)),
            End(mean, 1, c => IsKept(c, isAbove: false)));
    }

    /// <summary>The last value on the way from the mean that is kept.</summary>
    private static double End(double mean, double far, Func<double, bool> isKept)
    {
        if (isKept(far))
            return far;
        double kept = mean, rejected = far;
        for (int i = 0; i < Steps; i++)
        {
            double middle = (kept + rejected) / 2;
            (kept, rejected) = isKept(middle) ? (middle, rejected) : (kept, middle);
        }

        // The rejected side, so that a verdict and its interval agree about what is allowed.
        return rejected;
    }

    /// <summary>Whether the interval holds a mean loss; what was rejected at an earlier look stays rejected.</summary>
    internal bool Holds(double mean) => IsKept(mean, isAbove: true) && IsKept(mean, isAbove: false);

    private bool IsKept(double mean, bool isAbove)
    {
        BettingFortune fortune = Bet(mean, isAbove);
        double limit = -Math.Log(isAbove ? _levelAbove : _levelBelow);
        foreach (double loss in _losses)
        {
            fortune.Add(loss);
            if (fortune.Reaches(limit))
                return false;
        }

        return true;
    }

    private BettingFortune Bet(double mean, bool isAbove) => new(
        isAbove ? mean : -mean,
        isAbove ? 1 : -1,
        isAbove ? 1.5 * _allowed : Math.Max(mean, _allowed / 2),
        _bound);
}
