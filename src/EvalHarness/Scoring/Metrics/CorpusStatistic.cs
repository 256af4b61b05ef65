using EvalHarness.Pythonic;
using EvalHarness.Scoring.Statistics;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Functions;
using EvalHarness.Tasks.Functions.Overlap;

namespace EvalHarness.Scoring.Metrics;

/// <summary>
/// What one aggregation keeps of each document: a few numbers, at most 80 bytes, from which it computes the metric of any corpus that is
/// drawn from the documents. A function of a task file keeps the scores as they are.
/// </summary>
/// <remarks>Source: the behaviour of lm-evaluation-harness's aggregations.</remarks>
internal abstract class CorpusStatistic
{
    /// <summary>The number of scores.</summary>
    internal int Count { get; private set; }

    /// <param name="aggregation">The name of the aggregation as task files write it.</param>
    /// <param name="function">The equivalent of a Python function that aggregates instead, or null.</param>
    /// <exception cref="ArgumentException">The aggregation is not known.</exception>
    internal static CorpusStatistic Create(string aggregation, AggregationFunction? function) => function is not null
        ? new ScoresStatistic(function.Aggregate)
        : aggregation switch
        {
            "mean" => new NumberStatistic(Number, NumberStatistic.Mean),
            "nanmean" => new NumberStatistic(Number, NumberStatistic.NanMean),
            "median" => new MedianStatistic(),
            "perplexity" => new NumberStatistic(Number, (values, sample) => Math.Exp(-NumberStatistic.Mean(values, sample))),
            "brier_score" => new NumberStatistic(NumberStatistic.Brier(), NumberStatistic.MeanAsNumPy),
            "weighted_perplexity" => new SumStatistic<double>(2, Weighted, sums => Math.Exp(-(sums[0] / sums[1]))),
            "bits_per_byte" => new SumStatistic<double>(2, Weighted, sums => -(sums[0] / sums[1]) / Math.Log(2)),
            "bleu" => new SumStatistic<int>(Bleu.Counts, score => Bleu.Segment(Texts(score)), Bleu.Score),
            "chrf" => new SumStatistic<int>(Chrf.Counts, score => Chrf.Segment(Texts(score)), Chrf.Score),
            "ter" => new SumStatistic<double>(2, score => TranslationEditRate.Segment(Texts(score)), TranslationEditRate.Score),
            "f1" => new LabelStatistic(Classification.F1),
            "matthews_corrcoef" => new LabelStatistic(Classification.MatthewsCorrelation),
            "bypass" => new SumStatistic<int>(0, _ => [], _ => 999),
            _ => throw new ArgumentException($"aggregation {aggregation} is not known", nameof(aggregation)),
        };

    /// <param name="score">Of the next document: a number, or the plain value that the aggregation expects.</param>
    /// <exception cref="ArgumentException">The score has the wrong type.</exception>
    internal void Add(object? score)
    {
        Keep(score);
        Count++;
    }

    protected abstract void Keep(object? score);

    /// <summary>Returns a function that computes the metric of a resampled corpus, which is given as document indices.</summary>
    protected abstract Func<ReadOnlySpan<int>, double> Statistic();

    /// <param name="error">How the standard error is computed.</param>
    /// <param name="draws">The number of draws that is asked for; 0 for no standard errors.</param>
    internal CorpusScore Aggregate(ErrorMethod error, int draws)
    {
        if (Count == 0)
            return new CorpusScore(null);
        var score = new CorpusScore(Defined(Statistic()([.. Enumerable.Range(0, Count)])));
        return draws == 0 || Count == 1 ? score : error switch
        {
            ErrorMethod.Formula => score with { StandardError = FormulaError() },
            ErrorMethod.ShortBootstrap => Bootstrapped(score, Math.Min(draws, ShortDraws)),
            ErrorMethod.Bootstrap => Bootstrapped(score, draws),
            _ => score,
        };
    }

    /// <summary>The largest number of draws for bleu, chrf and ter, which lm-evaluation-harness finds slow to compute.</summary>
    private const int ShortDraws = 100;

    /// <summary>The standard error of a mean; null where the aggregation is none.</summary>
    protected virtual double? FormulaError() => null;

    protected virtual CorpusScore Bootstrapped(CorpusScore score, int draws)
    {
        int made = Bootstrap.Draws(draws, Count);
        return score with
        {
            StandardError = Defined(Bootstrap.StandardError(Statistic(), Count, made)),
            Method = made == Bootstrap.Draws(draws, 1) ? BootstrapMethod.Bootstrap : BootstrapMethod.BootstrapCapped,
            Draws = made,
        };
    }

    /// <summary>Null for what no result file can hold: JSON has neither NaN nor infinity.</summary>
    protected static double? Defined(double value) => double.IsFinite(value) ? value : null;

    internal static double Number(object? score) => score switch
    {
        double number => number,
        long number => number,
        bool flag => flag ? 1 : 0,
        _ => throw new ArgumentException($"{Python.TypeName(score)} cannot be averaged"),
    };

    internal static long Whole(object? score) => score switch
    {
        long number => number,
        bool flag => flag ? 1 : 0,
        _ => throw new ArgumentException($"{Python.TypeName(score)} is no label"),
    };

    internal static IReadOnlyList<object?> Pair(object? score) => score is IReadOnlyList<object?> { Count: 2 } pair
        ? pair
        : throw new ArgumentException("expected two values");

    private static double[] Weighted(object? score) => [Number(Pair(score)[0]), Number(Pair(score)[1])];

    private static (string[] References, string Answer) Texts(object? score)
    {
        IReadOnlyList<object?> pair = Pair(score);
        return (pair[0] is IReadOnlyList<object?> many ? [.. many.Select(Python.Str)] : [Python.Str(pair[0])], Python.Str(pair[1]));
    }
}
