using EvalHarness.Results;

namespace EvalHarness.Analysis.History;

/// <summary>
/// Pairs each night with the night before it that asked the same rows, and reads the samples of both where the index does not know yet what
/// changed between them.
/// </summary>
/// <param name="root">The folder of all runs.</param>
/// <param name="read">The runs that the index did not know, or that have changed.</param>
/// <param name="warn">Told which samples cannot be read.</param>
internal sealed class NightPairs(string root, IReadOnlySet<string> read, Action<string> warn)
{
    /// <summary>How many runs' samples of a series are kept: nights with and without a limit may take turns.</summary>
    private const int Kept = 4;

    private readonly Queue<(string Run, string Task, IReadOnlyList<SampledTask>? Samples)> _samples = new();

    /// <param name="entries">In the order of time; those whose pairs were not known are replaced.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether one was replaced.</returns>
    public async Task<bool> AddToAsync(List<HistoryEntry> entries, CancellationToken cancellationToken)
    {
        HistoryScore[][] scores = [.. entries.Select(e => e.Scores.ToArray())];
        bool changed = false;
        foreach (var series in scores
            .SelectMany((s, night) => s.Select((score, index) => (Night: night, Index: index, score.Task)))
            .GroupBy(s => (entries[s.Night].Model, entries[s.Night].Device, s.Task)))
        {
            var last = new Dictionary<(string Metric, string Filter, string TaskHash, string Rows), (string Run, HistoryScore Score)>();
            foreach ((int night, int index, _) in series)
            {
                cancellationToken.ThrowIfCancellationRequested();
                string run = entries[night].Run;
                HistoryScore known = scores[night][index], score = known;
                if (read.Contains(run))
                    score = score with { Rows = (await RowsAsync(run, score, cancellationToken).ConfigureAwait(false))?.Hash };
                if (score.Rows is { } rows)
                {
                    var key = (score.Metric, score.Filter, score.TaskHash, rows);
                    (string Run, HistoryScore Score)? before = last.TryGetValue(key, out var found) ? found : null;
                    if (score.Pair?.Before != before?.Run || read.Contains(run) || (before is { } b && read.Contains(b.Run)))
                        score = score with { Pair = await PairAsync(before, run, score, cancellationToken).ConfigureAwait(false) };
                    last[key] = (run, score);
                }

                changed |= score != known;
                scores[night][index] = score;
            }
        }

        for (int night = 0; night < entries.Count; night++)
            entries[night] = entries[night] with { Scores = scores[night] };
        return changed;
    }

    /// <returns>Null where there is no night before, or the samples of one of the two are gone.</returns>
    private async Task<NightPair?> PairAsync(
        (string Run, HistoryScore Score)? before, string run, HistoryScore score, CancellationToken cancellationToken)
    {
        if (before is not { } earlier)
            return null;
        RowScores? then = await RowsAsync(earlier.Run, earlier.Score, cancellationToken).ConfigureAwait(false);
        RowScores? now = await RowsAsync(run, score, cancellationToken).ConfigureAwait(false);
        return then is null || now is null || then.Hash != now.Hash ? null : now.Since(then, earlier.Run);
    }

    private async Task<RowScores?> RowsAsync(string run, HistoryScore score, CancellationToken cancellationToken) =>
        await SamplesAsync(run, score.Task, cancellationToken).ConfigureAwait(false) is { } tasks
            ? RowScores.Of(tasks, $"{score.Metric},{score.Filter}", score.Value)
            : null;

    /// <returns>Null where a task has no samples, as in some imported runs, or they are damaged.</returns>
    private async Task<IReadOnlyList<SampledTask>?> SamplesAsync(string run, string task, CancellationToken cancellationToken)
    {
        foreach ((string Run, string Task, IReadOnlyList<SampledTask>? Samples) known in _samples)
        {
            if (known.Run == run && known.Task == task)
                return known.Samples;
        }

        IReadOnlyList<SampledTask>? samples = null;
        try
        {
            samples = await ReadAsync(new RunFolder(Path.Combine(root, run)), task, cancellationToken).ConfigureAwait(false);
        }
        catch (EvalException e)
        {
            warn($"steps are searched without these samples: {e.Message}");
        }

        if (_samples.Count == Kept)
            _samples.Dequeue();
        _samples.Enqueue((run, task, samples));
        return samples;
    }

    private static async Task<IReadOnlyList<SampledTask>?> ReadAsync(RunFolder folder, string task, CancellationToken cancellationToken)
    {
        var samples = new List<SampledTask>();
        foreach (string leaf in folder.ReadResults().Leaves(task))
        {
            if (!File.Exists(folder.SamplesFile(leaf)))
                return null;
            samples.Add(await SampledTask.ReadAsync(folder, leaf, cancellationToken).ConfigureAwait(false));
        }

        return samples;
    }
}
