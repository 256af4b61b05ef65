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
            IReadOnlyList<IReadOnlyList<SampleRow>> samples = await FinishedRun
                .ReadSamplesAsync(runs, task, cancellationToken)
                .ConfigureAwait(false);
            Count(task, samples, repeats, changes);
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

    /// <summary>Counts the changes of each score of a task over the samples that all runs answered.</summary>
    private static void Count(
        string task,
        IReadOnlyList<IReadOnlyList<SampleRow>> runs,
        int repeats,
        Dictionary<(string Task, string Key), RowChanges> changes)
    {
        Dictionary<long, IReadOnlyDictionary<string, double>>[] byDocument =
            [.. runs.Select(samples => samples.ToDictionary(s => s.DocumentId, s => s.NumericScores()))];
        foreach (string key in byDocument[0].Values.SelectMany(s => s.Keys).Distinct())
        {
            double[][] rows =
            [
                .. byDocument[0].Keys
                    .Where(d => byDocument.All(run => run.TryGetValue(d, out var scores) && scores.ContainsKey(key)))
                    .Select(d => byDocument.Select(run => run[d][key]).ToArray()),
            ];
            bool isShare = rows.All(row => row.All(score => score is >= 0 and <= 1));
            changes[(task, key)] = isShare && rows.Length > 0 ? RowChanges.Of(rows, repeats) : new RowChanges(rows.Length);
        }
    }

    /// <summary>
    /// See <see cref="NoiseScore.Changes"/>, <see cref="NoiseScore.MeanSquaredChanges"/> and <see cref="NoiseScore.RunScores"/>.
    /// </summary>
    internal sealed record RowChanges(
        int Rows, double? Largest = null, double? Mean = null, IReadOnlyList<double>? RunScores = null)
    {
        internal static RowChanges Of(double[][] rows, int repeats)
        {
            int runs = rows[0].Length;
            (int First, int Second, double Changes, double Squared)[] pairs =
            [
                .. from a in Enumerable.Range(0, runs)
                   from b in Enumerable.Range(a + 1, runs - a - 1)
                   select (
                       a,
                       b,
                       rows.Sum(row => Math.Abs(row[a] - row[b])),
                       rows.Sum(row => (row[a] - row[b]) * (row[a] - row[b]))),
            ];
            // Repeats of a configuration may be the same to the last bit, and say nothing about another configuration.
            double[] others = [.. pairs.Where(p => p.First / repeats != p.Second / repeats).Select(p => p.Squared)];
            return new RowChanges(
                rows.Length,
                pairs.Max(p => p.Changes),
                others.Length > 0 ? others.Average() : pairs.Average(p => p.Squared),
                [.. Enumerable.Range(0, runs).Select(run => rows.Average(row => row[run]))]);
        }
    }
}
