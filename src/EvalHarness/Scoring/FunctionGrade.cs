using System.Numerics;
using EvalHarness.Pythonic;
using EvalHarness.Scoring.Metrics;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Scoring;

/// <summary>Makes a grade of the values that functions of a task give for a document, metric by metric.</summary>
internal static class FunctionGrade
{
    /// <returns>A failed grade if the function failed, or the aggregation of a metric cannot take its value.</returns>
    internal static Grade Of(TaskDefinition task, FunctionOutcome<IReadOnlyDictionary<string, object?>> outcome) =>
        outcome.Value is { } values ? Of(task, values) : Grade.Failed(outcome.Error!);

    private static Grade Of(TaskDefinition task, IReadOnlyDictionary<string, object?> values)
    {
        var scores = new Dictionary<string, double>();
        var items = new Dictionary<string, object?>();
        foreach ((string metric, object? value) in values)
        {
            MetricDefinition definition = MetricTable.Definition(task, metric);
            // An aggregation that is a function is given numbers and booleans as they are: an index must stay an integer.
            if (value is double || (definition.Function is null && Number(value) is not null))
                scores[metric] = Number(value)!.Value;
            else
                items[metric] = value;
            if (definition.Function is null && !Takes(definition.Aggregation, value))
            {
                return Grade.Failed(
                    $"{metric} is {Python.TypeName(value)}, which the aggregation {definition.Aggregation} does not take");
            }
        }

        return new Grade
        {
            Scores = scores,
            Items = items,
        };
    }

    private static double? Number(object? value) => value switch
    {
        double number => number,
        long number => number,
        bool flag => flag ? 1 : 0,
        BigInteger number => (double)number,
        _ => null,
    };

    private static bool Takes(string aggregation, object? value)
    {
        if (aggregation is "mean" or "nanmean" or "median" or "perplexity")
            return Number(value) is not null;
        try
        {
            CorpusStatistic.Create(aggregation, function: null).Add(value);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
