namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// A mean and its standard error, as those of <see cref="Aggregation"/>, of numbers that are not kept: first all are added, then the
/// squares of all.
/// </summary>
internal struct TwoPassMean
{
    private double _sum;
    private double _squares;

    internal int Count { get; private set; }

    internal readonly double Mean => _sum / Count;

    /// <summary>Null for fewer than two numbers.</summary>
    internal readonly double? StandardError => Count < 2 ? null : Math.Sqrt(_squares / (Count - 1)) / Math.Sqrt(Count);

    internal void Add(double value)
    {
        _sum = Count == 0 ? value : _sum + value;
        Count++;
    }

    /// <param name="value">One of the numbers, after all of them were added.</param>
    internal void AddSquare(double value) => _squares += (value - Mean) * (value - Mean);
}
