using EvalHarness.Data;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>Reads each split once for all tasks that use it, row by row, and keeps the documents that some task wants.</summary>
internal sealed class DocumentStore
{
    private DocumentStore(IReadOnlyList<TaskRun> tasks, IReadOnlyList<DatasetRecord> records) => (Tasks, Records) = (tasks, records);

    /// <summary>The tasks with their documents.</summary>
    public IReadOnlyList<TaskRun> Tasks { get; }

    /// <summary>What was read, for the manifest.</summary>
    public IReadOnlyList<DatasetRecord> Records { get; }

    /// <param name="source">The datasets.</param>
    /// <param name="tasks">The tasks, without documents.</param>
    /// <param name="requirePinned">Whether shards are refused that differ from the pinned ones, or for which no hash is pinned.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Data"/>: a split is missing, damaged, refused, empty or lacks a column of a <c>where</c>.
    /// </exception>
    public static async Task<DocumentStore> LoadAsync(
        IDatasetSource source, IReadOnlyList<TaskRun> tasks, bool requirePinned, CancellationToken cancellationToken)
    {
        var uses = new OrderedDictionary<DatasetName, List<SplitUse>>();
        SplitUse Add(string split, SplitUse use)
        {
            DatasetName name = use.Task.Dataset(split);
            if (!uses.TryGetValue(name, out List<SplitUse>? list))
                uses[name] = list = [];
            list.Add(use);
            return use;
        }

        (TaskRun Task, SplitUse Evaluated, SplitUse? FewShot)[] read =
        [
            .. tasks.Select(t => (
                t,
                Add(t.Definition.EvaluationSplit, SplitUse.Evaluated(t)),
                t.FewShotSplit is { } split ? Add(split, SplitUse.FewShot(t.Definition)) : null)),
        ];
        var records = new List<DatasetRecord>();
        foreach ((DatasetName name, List<SplitUse> list) in uses)
        {
            DatasetSplit split = await source.OpenAsync(name, cancellationToken).ConfigureAwait(false);
            if (requirePinned)
                CheckPins(split);
            records.Add(await ReadAsync(split, list, cancellationToken).ConfigureAwait(false));
        }

        foreach ((TaskRun task, SplitUse evaluated, _) in read)
        {
            if (task.Indices?.Max() is { } last && last >= evaluated.Fitting)
            {
                throw new EvalException(
                    ExitCode.Usage,
                    $"--samples asks for document {last} of task {task.Definition.Name}, which has {evaluated.Fitting}, numbered from 0");
            }
        }

        return new DocumentStore(
            [
                .. read.Select(r => r.Task with
                {
                    Documents = r.Task.Chosen(r.Evaluated.Kept, r.Evaluated.Fitting),
                    FewShotPool = r.FewShot is null ? r.Task.FewShotPool : [.. r.FewShot.Kept.Select(d => d.Document)],
                    Available = r.Evaluated.Fitting,
                }),
            ],
            records);
    }

    private static void CheckPins(DatasetSplit split)
    {
        if (split.Shards.FirstOrDefault(s => s.Pinned != true) is not { } refused)
            return;
        string problem = refused.Departure
            ?? $"{refused.File} (SHA-256 {refused.Sha256[..12]}...) has no hash in sources.yaml to compare with";
        throw new EvalException(
            ExitCode.Data,
            $"--require-pinned: {problem}; put the pinned shard there, or leave the option out");
    }

    private static async Task<DatasetRecord> ReadAsync(DatasetSplit split, List<SplitUse> uses, CancellationToken cancellationToken)
    {
        foreach (SplitUse use in uses)
        {
            if (use.Where.Select(w => w.Key).FirstOrDefault(column => !split.Columns.Contains(column)) is { } missing)
            {
                throw new EvalException(
                    ExitCode.Data,
                    $"{split.Shards[0].File}: has no column {missing}, which task {use.Task.Name} selects rows by; "
                    + $"it has {string.Join(", ", split.Columns)}");
            }
        }

        long rows = 0;
        await foreach (Document document in split.ReadAsync(WantedColumns.Of(split, uses), cancellationToken).ConfigureAwait(false))
        {
            foreach (SplitUse use in uses)
                use.Offer(document, rows);
            rows++;
        }

        if (uses.Find(u => u.Fitting == 0) is { } empty)
        {
            throw new EvalException(
                ExitCode.Data,
                $"{split.Shards[0].File}: split {split.Name.Split} of {split.Name.Path} has no row{empty.Condition} ({rows} rows in all), "
                + $"and task {empty.Task.Name} needs some");
        }

        return new DatasetRecord
        {
            Path = split.Name.Path,
            Config = split.Name.Config,
            Split = split.Name.Split,
            DataFiles = split.Name.Files?.Patterns?.Key,
            Rows = rows,
            Shards = split.Shards,
        };
    }
}
