namespace EvalHarness.Analysis.History;

/// <summary>What the rows of one run add to a score, which is their sum.</summary>
internal sealed class RowScores
{
    private readonly string _key;

    /// <summary>The tasks that have the score, by name. A row that errored has NaN.</summary>
    private readonly SampledTask[] _tasks;

    /// <summary>
    /// What the scores of a task's rows are multiplied by, task by task: with the same weight of all rows, and with the same weight of all
    /// tasks; null where the sum is not the score. On some nights both are, for example if all rows are right.
    /// </summary>
    private readonly double[]?[] _weights;

    private RowScores(string key, SampledTask[] tasks, double[]?[] weights)
    {
        (_key, _tasks, _weights) = (key, tasks, weights);
        Hash = HistoryEntry.ShortOfOrdered(tasks.SelectMany(t => t.Identities()));
    }

    /// <summary>Equal for runs that asked the same documents.</summary>
    public string Hash { get; }

    /// <param name="tasks">The samples of the score's tasks.</param>
    /// <param name="key">"METRIC,FILTER".</param>
    /// <param name="value">The score.</param>
    /// <returns>
    /// Null where the rows' own scores do not average to the score with either weights: then an aggregation makes the score of other
    /// things, and a row adds no part of its own.
    /// </returns>
    public static RowScores? Of(IReadOnlyList<SampledTask> tasks, string key, double value)
    {
        SampledTask[] scored =
            [.. tasks.OrderBy(t => t.Name, StringComparer.Ordinal).Where(t => t.Scores.KeysOf(SampledTask.Run).Contains(key))];
        int[] sizes = [.. scored.Select(t => t.ScoresOf(key).Count(s => !double.IsNaN(s)))];
        int count = sizes.Sum();
        double[]? Weights(Func<int, double> rowsPerScore)
        {
            double[] weights = [.. sizes.Select(size => 1 / rowsPerScore(size))];
            double sum = scored.Zip(weights)
                .SelectMany(t => t.First.ScoresOf(key).Select(score => double.IsNaN(score) ? 0 : score * t.Second))
                .Sum();
            return Math.Abs(sum - value) < 1e-9 ? weights : null;
        }

        double[]?[] weighted = [Weights(_ => count), Weights(size => (double)scored.Length * size)];
        return count == 0 || weighted.All(w => w is null) ? null : new RowScores(key, scored, weighted);
    }

    /// <param name="before">The night before, with the same rows.</param>
    /// <param name="run">Its run.</param>
    /// <returns>Null where the rows have other weights than the night before.</returns>
    public NightPair? Since(RowScores before, string run)
    {
        int weights = Enumerable.Range(0, _weights.Length)
            .FirstOrDefault(w => _weights[w] is not null && before._weights[w] is not null, -1);
        if (weights < 0)
            return null;
        int rows = 0, rose = 0, fell = 0;
        double squares = 0, largest = 0;
        foreach (double change in Changes(before, _weights[weights]!))
        {
            rows++;
            rose += change > 0 ? 1 : 0;
            fell += change < 0 ? 1 : 0;
            squares += change * change;
            largest = Math.Max(largest, Math.Abs(change));
        }

        return rows == 0 ? null : new NightPair(run, rose, fell, squares, largest);
    }

    /// <summary>What each row adds to the score more than before; rows that errored on either night are left out.</summary>
    private IEnumerable<double> Changes(RowScores before, double[] weights) => Enumerable.Range(0, _tasks.Length)
        .SelectMany(task => _tasks[task].ScoresOf(_key).Zip(
            before._tasks[task].ScoresOf(before._key), (now, then) => (now - then) * weights[task]))
        .Where(change => !double.IsNaN(change));
}
