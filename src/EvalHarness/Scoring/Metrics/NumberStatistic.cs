using System.Runtime.InteropServices;
using EvalHarness.Pythonic;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Scoring.Metrics;

/// <summary>Aggregates one number a document.</summary>
/// <param name="read">Makes the number of a score.</param>
/// <param name="compute">Computes the metric of those documents whose indices are given.</param>
internal sealed class NumberStatistic(Func<object?, double> read, NumberStatistic.OfSample compute) : CorpusStatistic
{
    internal delegate double OfSample(ReadOnlySpan<double> values, ReadOnlySpan<int> sample);

    private readonly List<double> _values = [];

    internal IReadOnlyList<double> Values => _values;

    protected override void Keep(object? score) => _values.Add(read(score));

    protected override Func<ReadOnlySpan<int>, double> Statistic() => sample => compute(CollectionsMarshal.AsSpan(_values), sample);

    protected override double? FormulaError() => Aggregation.MeanStandardError(_values) is { } error ? Defined(error) : null;

    internal static double Mean(ReadOnlySpan<double> values, ReadOnlySpan<int> sample)
    {
        double sum = 0;
        foreach (int i in sample)
            sum += values[i];
        return sum / sample.Length;
    }

    internal static double MeanAsNumPy(ReadOnlySpan<double> values, ReadOnlySpan<int> sample)
    {
        double[] drawn = new double[sample.Length];
        for (int i = 0; i < drawn.Length; i++)
            drawn[i] = values[sample[i]];
        return NumPy.Sum(drawn) / drawn.Length;
    }

    internal static double NanMean(ReadOnlySpan<double> values, ReadOnlySpan<int> sample)
    {
        double[] defined = new double[sample.Length];
        int count = 0;
        foreach (int i in sample)
        {
            if (!double.IsNaN(values[i]))
                defined[count++] = values[i];
        }

        return count == 0 ? double.NaN : NumPy.Sum(defined.AsSpan(0, count)) / count;
    }

    /// <summary>
    /// Returns a function that makes the Brier score of [gold, probabilities]. It is NaN, and so is their mean, unless all documents have
    /// the number of choices that the first one has.
    /// </summary>
    internal static Func<object?, double> Brier()
    {
        int? choices = null;
        return score =>
        {
            IReadOnlyList<object?> pair = Pair(score);
            double[] probabilities = pair[1] is IReadOnlyList<object?> list
                ? [.. list.Select(Number)]
                : throw new ArgumentException($"{Python.TypeName(pair[1])} is no list of probabilities");
            choices ??= probabilities.Length;
            long gold = Whole(pair[0]);
            gold += gold < 0 ? probabilities.Length : 0;
            return gold < 0 || gold >= probabilities.Length || probabilities.Length != choices
                ? double.NaN
                : NumPy.Sum([.. probabilities.Select((p, i) => i == gold ? (p - 1) * (p - 1) : p * p)]);
        };
    }
}
