using EvalHarness.Scoring.Statistics;
using MathNet.Numerics.Distributions;

namespace EvalHarness.Analysis.Published.Ladder;

/// <summary>
/// What it does to the score of a group when each task counts the same instead of each document, or the other way round. All documents are
/// known, and the rows of a task are drawn.
/// </summary>
internal static class AverageEffect
{
    /// <param name="documents">The documents of the run.</param>
    /// <param name="score">The score of the document at a place; null for one without.</param>
    /// <param name="tasksCountTheSame">What it is changed to.</param>
    /// <param name="level">The level of each side of the interval.</param>
    /// <returns>The new score minus the old one, from -1 to 1, and its interval.</returns>
    internal static (double Effect, Interval Interval) Of(
        LadderDocuments documents, Func<int, double?> score, bool tasksCountTheSame, double level)
    {
        var tasks = new Dictionary<string, List<double>>();
        for (int place = 0; place < documents.Count; place++)
        {
            if (score(place) is not { } value)
                continue;
            if (!tasks.TryGetValue(documents[place].Task, out List<double>? values))
                tasks[documents[place].Task] = values = [];
            values.Add(value);
        }

        double all = tasks.Values.Sum(v => v.Count), effect = 0, variance = 0;
        foreach (List<double> values in tasks.Values)
        {
            double change = (1.0 / tasks.Count) - (values.Count / all);
            double weight = tasksCountTheSame ? change : -change, mean = values.Average();
            effect += weight * mean;
            double error = Aggregation.MeanStandardError(values) ?? 0;
            variance += weight * weight * error * error;
        }

        double half = Normal.InvCDF(0, 1, 1 - level) * Math.Sqrt(variance);
        return (effect, Interval.Around(effect, half).Clamp(-1, 1));
    }
}
