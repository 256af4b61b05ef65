using EvalHarness.Data;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>
/// The documents of all tasks. Splits that are small together are read once and kept; the documents of a larger one are read from its
/// shards while they are used.
/// </summary>
internal sealed class DocumentStore : IDisposable
{
    /// <summary>The bytes that the documents of all kept splits may take, as estimated from their shards.</summary>
    private const double MostKeptBytes = 32 << 20;

    private readonly DocumentSpool _spool;

    private DocumentStore(IReadOnlyList<TaskRun> tasks, IReadOnlyList<DatasetRecord> records, DocumentSpool spool) =>
        (Tasks, Records, _spool) = (tasks, records, spool);

    /// <summary>The tasks with their documents, which may be used until the store is disposed of.</summary>
    public IReadOnlyList<TaskRun> Tasks { get; }

    /// <summary>What was read, for the manifest.</summary>
    public IReadOnlyList<DatasetRecord> Records { get; }

    /// <param name="source">The datasets.</param>
    /// <param name="tasks">The tasks, without documents.</param>
    /// <param name="requirePinned">Whether shards are refused that differ from the pinned ones, or for which no hash is pinned.</param>
    /// <param name="cancellationToken">Stops between rows, also when documents are read later.</param>
    /// <param name="mostKeptBytes">The estimated bytes of the splits that are kept in memory; a test may want none kept.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Data"/>: a split is missing, damaged, refused, empty or lacks a column of a <c>where</c>.
    /// <see cref="ExitCode.Output"/>: few-shot examples do not fit into the folder of temporary files.
    /// </exception>
    public static async Task<DocumentStore> LoadAsync(
        IDatasetSource source,
        IReadOnlyList<TaskRun> tasks,
        bool requirePinned,
        CancellationToken cancellationToken,
        double mostKeptBytes = MostKeptBytes)
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
                t.FewShotSplit is { } split ? Add(split, SplitUse.FewShot(t)) : null)),
        ];
        var splits = new List<UsedSplit>();
        foreach ((DatasetName name, List<SplitUse> list) in uses)
        {
            DatasetSplit split = await source.OpenAsync(name, cancellationToken).ConfigureAwait(false);
            if (requirePinned)
                CheckPins(split);
            splits.Add(new UsedSplit(split, list));
        }

        var spool = new DocumentSpool();
        try
        {
            HashSet<UsedSplit> kept = Kept(splits, mostKeptBytes);
            foreach (UsedSplit split in splits)
                await split.ReadAsync(kept.Contains(split), spool, cancellationToken).ConfigureAwait(false);
            var byUse = splits.SelectMany(split => split.Uses.Select(use => (split, use))).ToDictionary(u => u.use, u => u.split);
            TaskRun With(TaskRun task, SplitUse evaluated, SplitUse? fewShot)
            {
                int available = byUse[evaluated].Fitting(evaluated);
                if (task.Indices?.Max() is { } last && last >= available)
                {
                    throw new EvalException(
                        ExitCode.Usage,
                        $"--samples asks for document {last} of task {task.Definition.Name}, which has {available}, numbered from 0");
                }

                return task with
                {
                    Documents = byUse[evaluated].Documents(
                        evaluated, task.Chosen(available), () => SplitUse.Evaluated(task), cancellationToken),
                    FewShotPool = fewShot is null ? task.FewShotPool : byUse[fewShot].Pool(fewShot),
                    Available = available,
                };
            }

            return new DocumentStore([.. read.Select(r => With(r.Task, r.Evaluated, r.FewShot))], [.. splits.Select(Record)], spool);
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }

    public void Dispose() => _spool.Dispose();

    /// <summary>The splits that fit into memory together: as many of the smaller ones as do.</summary>
    private static HashSet<UsedSplit> Kept(IEnumerable<UsedSplit> splits, double most)
    {
        double bytes = 0;
        return [.. splits.OrderBy(split => split.Bytes).TakeWhile(split => (bytes += split.Bytes) <= most)];
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

    private static DatasetRecord Record(UsedSplit used) => new()
    {
        Path = used.Split.Name.Path,
        Config = used.Split.Name.Config,
        Split = used.Split.Name.Split,
        DataFiles = used.Split.Name.Files?.Patterns?.Key,
        Rows = used.Rows,
        Shards = used.Split.Shards,
    };
}
