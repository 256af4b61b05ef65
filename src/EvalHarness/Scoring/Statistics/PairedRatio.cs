namespace EvalHarness.Scoring.Statistics;

/// <summary>The ratio of two means over the same rows, the candidate's over the base's, with its 95% interval.</summary>
/// <param name="Value">The ratio; null where the base's mean is 0.</param>
/// <param name="Interval">The interval; null where there is none.</param>
/// <param name="WhyNone">Why there is no ratio or no interval, as a sentence without its full stop; null where there are both.</param>
internal sealed record PairedRatio(double? Value, Interval? Interval, string? WhyNone)
{
    /// <param name="rows">The rows, one or more, with scores of 0 or more. They are looked at several times and not kept.</param>
    /// <param name="sameWeights">Whether each task has the same weight; otherwise each row has.</param>
    internal static PairedRatio Of(IReadOnlyCollection<PairedRow> rows, bool sameWeights)
    {
        if (rows.Any(r => r.Base < 0 || r.Candidate < 0))
            return new PairedRatio(null, null, "some scores are below 0, so that a ratio says nothing");
        var moments = PairedMoments.Of(rows, sameWeights);
        if (moments.Base == 0)
            return new PairedRatio(null, null, "the base's mean is 0");
        double ratio = (moments.Base + moments.Difference) / moments.Base;
        if (moments.Tasks == 1 && rows.All(r => r.IsBinary))
            return new PairedRatio(ratio, OfShares(rows), null);
        return moments.Fieller(out string? why) is { } interval
            ? new PairedRatio(ratio, interval, null)
            : new PairedRatio(ratio, null, why);
    }

    /// <summary>The interval of the ratio of two shares of the same rows.</summary>
    /// <remarks>
    /// Source: Bonett and Price 2006, Statistics in Medicine 25, 3039-3047: Wilson's intervals of both shares among the rows that at least
    /// one run has right, with a quantile that makes up for their dependence.
    /// </remarks>
    private static Interval OfShares(IReadOnlyCollection<PairedRow> rows)
    {
        double lost = rows.Count(r => r is { Base: 1, Candidate: 0 }), won = rows.Count(r => r is { Base: 0, Candidate: 1 });
        double both = rows.Count(r => r is { Base: 1, Candidate: 1 });
        double candidate = both + won, inBase = both + lost, either = both + won + lost;
        double z = Statistics.Interval.Normal95 * Math.Sqrt((won + lost + 2) / ((candidate + 1) * (inBase + 1)))
            / (Spread(candidate) + Spread(inBase));
        Interval above = Statistics.Interval.Wilson(candidate / either, either, z);
        Interval below = Statistics.Interval.Wilson(inBase / either, either, z);
        return new Interval(above.Low / below.High, above.High / below.Low);

        double Spread(double right) => Math.Sqrt((1 - ((right + 1) / (either + 2))) / (right + 1));
    }
}
