using EvalHarness.Pythonic;
using EvalHarness.Scoring.Statistics;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Functions;
using EvalHarness.Tasks.Functions.Overlap;

namespace EvalHarness.Scoring.Metrics;

/// <summary>
/// Aggregates one metric over all documents of a task and computes its standard error as lm-evaluation-harness does: by a formula for
/// means, and otherwise by bootstrap with the same seeds.
/// </summary>
/// <remarks>
/// Source: the behaviour of lm-evaluation-harness's aggregations, stderr_for_metric and bootstrap_stderr, and of scikit-learn's
/// f1_score and matthews_corrcoef.
/// </remarks>
internal static class CorpusMetric
{
    /// <summary>The default number of bootstrap iterations, which is that of lm-evaluation-harness.</summary>
    public const int DefaultBootstrapIterations = 100_000;

    /// <summary>The largest number of bootstrap iterations for bleu, chrf and ter, which are slow to compute.</summary>
    private const int ShortIterations = 100;

    /// <param name="aggregation">The name of the aggregation as task files write it.</param>
    /// <param name="function">The equivalent of a Python function that aggregates instead, or null.</param>
    /// <param name="items">One value per document: a number, or the plain value that the aggregation expects.</param>
    /// <param name="bootstrapIterations">The number of bootstrap iterations; 0 for no standard errors.</param>
    /// <returns>
    /// The value, or null if the metric is not defined for these items, and its standard error, or null if it has none.
    /// </returns>
    /// <exception cref="ArgumentException">The aggregation is not known, or an item has the wrong type.</exception>
    public static (double? Value, double? StandardError) Aggregate(
        string aggregation, AggregationFunction? function, IReadOnlyList<object?> items, int bootstrapIterations)
    {
        if (items.Count == 0)
            return (null, null);
        if (function is not null)
            return (Defined(function.Aggregate(items)), null);
        Func<ReadOnlySpan<int>, double> statistic = Statistic(aggregation, items);
        double value = statistic([.. Enumerable.Range(0, items.Count)]);
        double? error = null;
        if (bootstrapIterations > 0 && items.Count > 1)
        {
            error = MetricTable.FindAggregation(aggregation)?.Error switch
            {
                ErrorMethod.Formula => Aggregation.MeanStandardError([.. items.Select(Number)]),
                ErrorMethod.ShortBootstrap =>
                    Bootstrap.StandardError(statistic, items.Count, Math.Min(bootstrapIterations, ShortIterations)),
                ErrorMethod.Bootstrap => Bootstrap.StandardError(statistic, items.Count, bootstrapIterations),
                _ => null,
            };
        }

        return (Defined(value), error is { } e ? Defined(e) : null);
    }

    private static double? Defined(double value) => double.IsNaN(value) ? null : value;

    /// <summary>Returns a function that computes the metric of a resampled corpus, which is given as document indices.</summary>
    private static Func<ReadOnlySpan<int>, double> Statistic(string aggregation, IReadOnlyList<object?> items)
    {
        switch (aggregation)
        {
            case "mean":
                return Mean([.. items.Select(Number)]);
            case "nanmean":
                return NanMean([.. items.Select(Number)]);
            case "median":
                double[] values = [.. items.Select(Number)];
                return sample => Median(values, sample);
            case "perplexity":
                Func<ReadOnlySpan<int>, double> mean = Mean([.. items.Select(Number)]);
                return sample => Math.Exp(-mean(sample));
            case "weighted_perplexity":
                Func<ReadOnlySpan<int>, double> weighted = WeightedMean(items);
                return sample => Math.Exp(-weighted(sample));
            case "bits_per_byte":
                Func<ReadOnlySpan<int>, double> perByte = WeightedMean(items);
                return sample => -perByte(sample) / Math.Log(2);
            case "f1":
                return Classification.F1([.. items.Select(Labels)]);
            case "matthews_corrcoef":
                return Classification.MatthewsCorrelation([.. items.Select(Labels)]);
            case "brier_score":
                return Brier(items);
            case "bleu":
                return Bleu.Corpus([.. items.Select(Texts)]);
            case "chrf":
                return Chrf.Corpus([.. items.Select(Texts)]);
            case "ter":
                return TranslationEditRate.Corpus([.. items.Select(Texts)]);
            case "bypass":
                return _ => 999;
            default:
                throw new ArgumentException($"aggregation {aggregation} is not known", nameof(aggregation));
        }
    }

    private static double Number(object? item) => item switch
    {
        double number => number,
        long number => number,
        bool flag => flag ? 1 : 0,
        _ => throw new ArgumentException($"{Python.TypeName(item)} cannot be averaged"),
    };

    private static IReadOnlyList<object?> Pair(object? item) => item is IReadOnlyList<object?> { Count: 2 } pair
        ? pair
        : throw new ArgumentException("expected two values");

    private static (long Gold, long Predicted) Labels(object? item) => ((long)Pair(item)[0]!, (long)Pair(item)[1]!);

    private static (string[] References, string Answer) Texts(object? item)
    {
        IReadOnlyList<object?> pair = Pair(item);
        return (pair[0] is IReadOnlyList<object?> many ? [.. many.Select(Python.Str)] : [Python.Str(pair[0])], Python.Str(pair[1]));
    }

    private static Func<ReadOnlySpan<int>, double> Mean(double[] values) => sample =>
    {
        double sum = 0;
        foreach (int i in sample)
            sum += values[i];
        return sum / sample.Length;
    };

    private static Func<ReadOnlySpan<int>, double> NanMean(double[] values) => sample =>
    {
        double[] defined = [.. sample.ToArray().Select(i => values[i]).Where(v => !double.IsNaN(v))];
        return defined.Length == 0 ? double.NaN : NumPy.Sum(defined) / defined.Length;
    };

    private static Func<ReadOnlySpan<int>, double> WeightedMean(IReadOnlyList<object?> items)
    {
        double[] values = [.. items.Select(item => Number(Pair(item)[0]))];
        double[] weights = [.. items.Select(item => Number(Pair(item)[1]))];
        return sample =>
        {
            double sum = 0, weight = 0;
            foreach (int i in sample)
            {
                sum += values[i];
                weight += weights[i];
            }

            return sum / weight;
        };
    }

    private static double Median(double[] values, ReadOnlySpan<int> sample)
    {
        double[] sorted = new double[sample.Length];
        for (int i = 0; i < sorted.Length; i++)
            sorted[i] = values[sample[i]];
        Array.Sort(sorted);
        return sorted[sorted.Length / 2];
    }

    /// <summary>
    /// Returns the Brier score of items [gold, probabilities]. It is NaN unless all documents have the same number of choices.
    /// </summary>
    private static Func<ReadOnlySpan<int>, double> Brier(IReadOnlyList<object?> items)
    {
        int choices = ((IReadOnlyList<object?>)Pair(items[0])[1]!).Count;
        double?[] scores = [.. items.Select(item =>
        {
            double[] probabilities = [.. ((IReadOnlyList<object?>)Pair(item)[1]!).Select(Number)];
            long gold = (long)Pair(item)[0]!;
            gold += gold < 0 ? probabilities.Length : 0;
            return gold < 0 || gold >= probabilities.Length || probabilities.Length != choices
                ? (double?)null
                : NumPy.Sum([.. probabilities.Select((p, i) => i == gold ? (p - 1) * (p - 1) : p * p)]);
        })];
        return sample => scores.Any(s => s is null)
            ? double.NaN
            : NumPy.Sum([.. sample.ToArray().Select(i => scores[i]!.Value)]) / sample.Length;
    }
}
