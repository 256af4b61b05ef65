using System.Numerics;
using System.Runtime.InteropServices;

namespace EvalHarness.Scoring.Metrics;

/// <summary>Aggregates documents of which some numbers each are summed, and the metric is computed from the sums.</summary>
/// <typeparam name="T">Of the numbers of a document. Sums are doubles, which hold every sum of counts below 2^53 exactly.</typeparam>
/// <param name="width">How many numbers a document has.</param>
/// <param name="read">Makes the numbers of a score.</param>
/// <param name="compute">Computes the metric from the sums.</param>
internal sealed class SumStatistic<T>(int width, Func<object?, T[]> read, Func<double[], double> compute) : CorpusStatistic
    where T : struct, INumber<T>
{
    private readonly List<T> _numbers = [];

    protected override void Keep(object? score) => _numbers.AddRange(read(score));

    protected override Func<ReadOnlySpan<int>, double> Statistic() => sample =>
    {
        double[] sums = new double[width];
        ReadOnlySpan<T> numbers = CollectionsMarshal.AsSpan(_numbers);
        foreach (int i in sample)
        {
            ReadOnlySpan<T> own = numbers.Slice(i * width, width);
            for (int j = 0; j < own.Length; j++)
                sums[j] += double.CreateTruncating(own[j]);
        }

        return compute(sums);
    };
}
