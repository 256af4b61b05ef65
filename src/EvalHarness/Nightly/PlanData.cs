using EvalHarness.Data;
using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Tasks;

namespace EvalHarness.Nightly;

/// <summary>What is found when all that a run reads before its model is read for a cell.</summary>
/// <param name="Problem">What keeps the cell from running; null where nothing does.</param>
/// <param name="Rows">The number of documents that each task evaluates; none where they are not known.</param>
internal sealed record CellData(EvalException? Problem, IReadOnlyDictionary<string, int> Rows)
{
    /// <summary>Nothing is known to be wrong, and nothing else is known.</summary>
    internal static CellData Unknown { get; } = new(null, new Dictionary<string, int>());
}

/// <summary>
/// Reads what cells evaluate as their runs will, without a model: tasks, data, graders and the sandbox. A mistake is then known before
/// hours of other runs. Of a split that is not kept in memory it reads what a run reads before its model: files as bytes, for their hashes,
/// footers, the first rows, and all rows only where they must be counted or are few-shot examples.
/// </summary>
internal static class PlanData
{
    /// <param name="cells">The cells, with what their tasks are. Those that differ in nothing but model and device are read once.</param>
    /// <param name="longest">
    /// How long it may take for one cell. Graders are programs of others, which may hang; the watchdog of the run then says so.
    /// </param>
    /// <param name="time">Measures nothing that is kept.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    /// <returns>What was found, by the name of the cell.</returns>
    internal static async Task<IReadOnlyDictionary<string, CellData>> ReadAsync(
        IEnumerable<(PlanCell Cell, TaskSelection Tasks)> cells,
        TimeSpan longest,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var byOptions = new Dictionary<string, CellData>();
        // A source hashes each file once, for all cells that read it.
        var sources = new Dictionary<string, FileDatasetSource>();
        var found = new Dictionary<string, CellData>();
        foreach ((PlanCell cell, TaskSelection tasks) in cells)
        {
            if (!byOptions.TryGetValue(cell.TaskOptions, out CellData? data))
            {
                IReadOnlyList<string> roots = DatasetRoots.Of(cell.Options.Datasets);
                string key = string.Join('\0', roots);
                if (!sources.TryGetValue(key, out FileDatasetSource? source))
                    sources[key] = source = new FileDatasetSource(roots);
                data = await ReadOneAsync(cell, tasks, source, longest, time, cancellationToken).ConfigureAwait(false);
                byOptions[cell.TaskOptions] = data;
            }

            found[cell.Name] = data;
        }

        return found;
    }

    private static async Task<CellData> ReadOneAsync(
        PlanCell cell,
        TaskSelection tasks,
        FileDatasetSource source,
        TimeSpan longest,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        RunOptions options = cell.Options;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(longest);
        try
        {
            // What the run will download is not there yet.
            if (cell.Downloads && HubDatasets.Missing(HubDatasets.Of(tasks.Runs(options)), DatasetRoots.Of(options.Datasets)).Count > 0)
                return CellData.Unknown;
            EvaluationRun run = await EvaluationRun.PrepareAsync(options, time, stop.Token, source).ConfigureAwait(false);
            await using (run.ConfigureAwait(false))
                return new CellData(null, run.Tasks.ToDictionary(t => t.Definition.Name, t => t.Documents.Count));
        }
        catch (EvalException e)
        {
            return CellData.Unknown with { Problem = e };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return CellData.Unknown;
        }
    }
}
