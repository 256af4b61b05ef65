using EvalHarness.Analysis.Comparing;
using EvalHarness.Results;

namespace EvalHarness.Nightly.Gating;

/// <summary>Measures how far runs of the same model lie apart, for <c>noise.json</c>.</summary>
internal static class NoiseMeasurement
{
    /// <summary>Compares each run with each other.</summary>
    /// <param name="runs">Two or more runs of the same tasks.</param>
    /// <param name="variations">What differs between them, for the file.</param>
    /// <param name="repeats">How many of them, beside each other, have the same configuration.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Incomparable"/>: the runs cannot be compared; <see cref="ExitCode.Output"/>: a run is damaged.
    /// </exception>
    internal static async Task<NoiseFloor> OfAsync(
        IReadOnlyList<FinishedRun> runs, IReadOnlyList<string> variations, int repeats, CancellationToken cancellationToken)
    {
        var pairs = new List<ComparedScore>();
        for (int i = 0; i + 1 < runs.Count; i++)
        {
            IReadOnlyList<Comparison> others = await Comparison
                .OfAllAsync([.. runs.Skip(i)], cancellationToken)
                .ConfigureAwait(false);
            pairs.AddRange(others.SelectMany(c => c.Scores));
        }

        var changes = new Dictionary<(string Task, string Key), RowChanges>();
        foreach (string task in runs[0].Tasks)
        {
            JoinedScores scores = await JoinedScores.ReadAsync(runs, task, cancellationToken).ConfigureAwait(false);
            foreach (string key in scores.KeysOf(0))
                changes[(task, key)] = RowChanges.Of(Rows(scores, key), repeats);
        }

        Dictionary<string, string> definitions = runs[0].Manifest.Tasks.ToDictionary(t => t.Name, t => t.Sha256);
        return new NoiseFloor
        {
            Model = runs[0].Manifest.Model.ModelName,
            Device = string.Join(',', runs.Select(r => r.Manifest.Model.Device).Distinct()),
            Variations = variations,
            Repeats = repeats,
            Scores = [.. pairs.GroupBy(s => (s.Task, s.Metric, s.Filter)).Select(Score)],
        };

        NoiseScore Score(IGrouping<(string Task, string Metric, string Filter), ComparedScore> scores)
        {
            (string task, string metric, string filter) = scores.Key;
            changes.TryGetValue((task, $"{metric},{filter}"), out RowChanges? counted);
            return new NoiseScore(
                task,
                metric,
                filter,
                counted?.Rows ?? scores.Min(s => s.Count),
                scores.Max(s => Math.Abs(s.Difference)),
                scores.Max(s => s.Flips is { } f ? f.RightToWrong + f.WrongToRight : (int?)null),
                scores.Min(s => s.SameText),
                counted?.Largest,
                definitions.GetValueOrDefault(task),
                counted?.RunScores,
                counted?.Mean);
        }
    }

    /// <summary>A score of the samples that all runs answered, by run. The next row comes in the same array.</summary>
    private static IEnumerable<double[]> Rows(JoinedScores scores, string key)
    {
        double[] row = new double[scores.Runs];
        for (int i = 0; i < scores.Documents.Count; i++)
        {
            for (int run = 0; run < row.Length; run++)
                row[run] = scores.Score(run, key, i);
            if (!Array.Exists(row, double.IsNaN))
                yield return row;
        }
    }

    /// <summary>
    /// See <see cref="NoiseScore.Changes"/>, <see cref="NoiseScore.MeanSquaredChanges"/> and <see cref="NoiseScore.RunScores"/>.
    /// </summary>
    internal sealed record RowChanges(
        int Rows, double? Largest = null, double? Mean = null, IReadOnlyList<double>? RunScores = null)
    {
        /// <param name="rows">A score of each run, row by row; each is looked at once.</param>
        /// <param name="repeats">How many of the runs, beside each other, have the same configuration.</param>
        /// <returns>Nothing but the number of rows where not all scores lie between 0 and 1.</returns>
        internal static RowChanges Of(IEnumerable<double[]> rows, int repeats)
        {
            int count = 0;
            bool isShare = true;
            double[] sums = [];
            (int First, int Second, double Changes, double Squared)[] pairs = [];
            foreach (double[] row in rows)
            {
                if (count++ == 0)
                {
                    sums = new double[row.Length];
                    pairs = [.. from a in Enumerable.Range(0, row.Length)
                                from b in Enumerable.Range(a + 1, row.Length - a - 1)
                                select (a, b, 0.0, 0.0)];
                }

                isShare &= Array.TrueForAll(row, score => score is >= 0 and <= 1);
                for (int run = 0; run < row.Length; run++)
                    sums[run] += row[run];
                for (int pair = 0; pair < pairs.Length; pair++)
                {
                    double change = row[pairs[pair].First] - row[pairs[pair].Second];
                    pairs[pair].Changes += Math.Abs(change);
                    pairs[pair].Squared += change * change;
                }
            }

            if (!isShare || count == 0)
                return new RowChanges(count);
            // Repeats of a configuration may be the same to the last bit, and say nothing about another configuration.
            double[] others = [.. pairs.Where(p => p.First / repeats != p.Second / repeats).Select(p => p.Squared)];
            return new RowChanges(
                count,
                pairs.Max(p => p.Changes),
                others.Length > 0 ? others.Average() : pairs.Average(p => p.Squared),
                [.. sums.Select(sum => sum / count)]);
        }
    }
}
