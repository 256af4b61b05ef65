using EvalHarness.Analysis.Comparing;
using EvalHarness.Results;

namespace EvalHarness.Nightly.Gating;

/// <summary>Measures how far runs of the same model lie apart, for <c>noise.json</c>.</summary>
internal static class NoiseMeasurement
{
    /// <summary>Compares each run with each other.</summary>
    /// <param name="runs">Two or more runs of the same tasks.</param>
    /// <param name="variations">What differs between them, for the file.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Incomparable"/>: the runs cannot be compared; <see cref="ExitCode.Output"/>: a run is damaged.
    /// </exception>
    internal static async Task<NoiseFloor> OfAsync(
        IReadOnlyList<FinishedRun> runs, IReadOnlyList<string> variations, CancellationToken cancellationToken)
    {
        var pairs = new List<ComparedScore>();
        for (int i = 0; i + 1 < runs.Count; i++)
        {
            IReadOnlyList<Comparison> others = await Comparison
                .OfAllAsync([.. runs.Skip(i)], cancellationToken)
                .ConfigureAwait(false);
            pairs.AddRange(others.SelectMany(c => c.Scores));
        }

        var changes = new Dictionary<(string Task, string Key), (int Rows, double? Squared)>();
        foreach (string task in runs[0].Tasks)
        {
            IReadOnlyList<IReadOnlyList<SampleRow>> samples = await FinishedRun
                .ReadSamplesAsync(runs, task, cancellationToken)
                .ConfigureAwait(false);
            Count(task, samples, changes);
        }

        Dictionary<string, string> definitions = runs[0].Manifest.Tasks.ToDictionary(t => t.Name, t => t.Sha256);
        return new NoiseFloor
        {
            Model = runs[0].Manifest.Model.ModelName,
            Device = string.Join(',', runs.Select(r => r.Manifest.Model.Device).Distinct()),
            Variations = variations,
            Scores = [.. pairs.GroupBy(s => (s.Task, s.Metric, s.Filter)).Select(Score)],
        };

        NoiseScore Score(IGrouping<(string Task, string Metric, string Filter), ComparedScore> scores)
        {
            (string task, string metric, string filter) = scores.Key;
            bool isCounted = changes.TryGetValue((task, $"{metric},{filter}"), out (int Rows, double? Squared) counted);
            return new NoiseScore(
                task,
                metric,
                filter,
                isCounted ? counted.Rows : scores.Min(s => s.Count),
                scores.Max(s => Math.Abs(s.Difference)),
                scores.Max(s => s.Flips is { } f ? f.RightToWrong + f.WrongToRight : (int?)null),
                scores.Min(s => s.SameText),
                counted.Squared,
                definitions.GetValueOrDefault(task));
        }
    }

    /// <summary>Counts the changes of each score of a task over the samples that all runs answered.</summary>
    private static void Count(
        string task,
        IReadOnlyList<IReadOnlyList<SampleRow>> runs,
        Dictionary<(string Task, string Key), (int Rows, double? Squared)> changes)
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
            changes[(task, key)] = (rows.Length, isShare && rows.Length > 0 ? LargestChange(rows, byDocument.Length) : null);
        }
    }

    private static double LargestChange(double[][] rows, int runs) =>
    (
        from a in Enumerable.Range(0, runs)
        from b in Enumerable.Range(a + 1, runs - a - 1)
        select rows.Sum(row => (row[a] - row[b]) * (row[a] - row[b]))
    ).Max();
}
