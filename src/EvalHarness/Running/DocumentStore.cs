using EvalHarness.Data;
using EvalHarness.Pythonic;
using EvalHarness.Results;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Running;

/// <summary>One task's documents and the pool that its shots come from.</summary>
public sealed record TaskDocuments(IReadOnlyList<Document> Evaluated, IReadOnlyList<Document> Shots, int Available);

/// <summary>
/// Reads each split once for all tasks that use it, streaming, and keeps the rows that some task wants.
/// </summary>
public sealed class DocumentStore
{
    private readonly Dictionary<string, List<Document>> _evaluated = [];
    private readonly Dictionary<string, List<Document>> _shots = [];
    private readonly Dictionary<string, int> _available = [];
    private readonly List<DatasetRecord> _records = [];

    public IReadOnlyList<DatasetRecord> Records => _records;

    public TaskDocuments this[TaskDefinition task] => new(_evaluated[task.Name], task.FewShot.Samples ?? _shots.GetValueOrDefault(task.Name) ?? [], _available[task.Name]);

    /// <param name="source">The datasets.</param>
    /// <param name="tasks">Tasks with the number of shots in effect.</param>
    /// <param name="limit">Documents per task; null for all.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: a split is missing, damaged, empty or lacks a column.</exception>
    public static async Task<DocumentStore> LoadAsync(IDatasetSource source, IReadOnlyList<(TaskDefinition Task, int NumFewShot)> tasks, int? limit, CancellationToken cancellationToken)
    {
        var store = new DocumentStore();
        var uses = new OrderedDictionary<DatasetName, List<Use>>();
        void Add(DatasetName name, Use use)
        {
            if (!uses.TryGetValue(name, out List<Use>? list))
                uses[name] = list = [];
            list.Add(use);
        }

        foreach ((TaskDefinition task, int shots) in tasks)
        {
            Add(task.Dataset(task.EvaluationSplit), new Use(task, [task.DocToText, task.DocToTarget, task.DocToChoice, task.ReferenceSolution], [task.Description, task.GenerationPrefix], task.ProcessDocuments, IsShots: false));
            if (shots > 0 && task.FewShot.Samples is null)
            {
                Add(task.Dataset(task.FewShot.Split), new Use(task, [task.FewShot.DocToText, task.FewShot.DocToTarget, task.FewShot.DocToChoice], [task.FewShot.GenerationPrefix], task.FewShot.ProcessDocuments, IsShots: true));
            }
        }

        foreach ((DatasetName name, List<Use> list) in uses)
            await store.ReadAsync(await source.OpenAsync(name, cancellationToken).ConfigureAwait(false), list, limit, cancellationToken).ConfigureAwait(false);
        return store;
    }

    /// <param name="Task">Whose rows these are.</param>
    /// <param name="Fields">Questions and answers, where a bare word is a column.</param>
    /// <param name="Texts">Descriptions and prefixes, where a bare word may be meant as it stands.</param>
    /// <param name="Process">Changes or drops rows; which columns there are is then known only when it ran.</param>
    /// <param name="IsShots">Rows to choose shots from, rather than rows to evaluate.</param>
    private sealed record Use(TaskDefinition Task, IReadOnlyList<TaskField?> Fields, IReadOnlyList<TaskField?> Texts, RowFunction? Process, bool IsShots)
    {
        private readonly Func<Document, Document?> _process = Process?.Make() ?? (document => document);

        /// <summary>Column and value, or a list of values of which one must be there.</summary>
        internal IReadOnlyList<KeyValuePair<string, object?>> Where { get; } = [.. Task.Where, .. IsShots ? Task.FewShot.Where : new Dictionary<string, object?>()];

        internal IEnumerable<string> Columns => Process is not null ? Where.Select(w => w.Key) : Where.Select(w => w.Key)
            .Concat(Fields.OfType<TaskField>().SelectMany(f => f.Columns))
            .Concat(Texts.OfType<TaskField>().SelectMany(f => f.Variables))
            .Distinct();

        /// <summary>The document as the task sees it, or null where it is not one of the task's.</summary>
        internal Document? Apply(Document document, long row)
        {
            if (!Where.All(w => Document.ValuesEqual(document.Values[w.Key], w.Value) || (w.Value is IReadOnlyList<object?> any && any.Any(value => Document.ValuesEqual(document.Values[w.Key], value)))))
                return null;
            try
            {
                return _process(document);
            }
            catch (FunctionException e)
            {
                throw new EvalException(ExitCode.Data, $"task {Task.Name}, row {row} of {(IsShots ? "the shots" : Task.EvaluationSplit)}: process_docs: {e.Message}", e);
            }
        }
    }

    private async Task ReadAsync(DatasetSplit split, List<Use> uses, int? limit, CancellationToken cancellationToken)
    {
        foreach (Use use in uses)
        {
            if (use.Columns.FirstOrDefault(column => !split.Columns.Contains(column)) is { } missing)
                throw new EvalException(ExitCode.Data, $"{split.Shards[0].File}: has no column {missing}, which task {use.Task.Name} needs; it has {string.Join(", ", split.Columns)}");
            (use.IsShots ? _shots : _evaluated)[use.Task.Name] = [];
        }

        long rows = 0;
        await foreach (Document document in split.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (Use use in uses)
            {
                if (use.Apply(document, rows) is { } kept)
                    Keep(use, kept, limit);
            }

            rows++;
        }

        foreach (Use use in uses.Where(u => (u.IsShots ? _shots : _evaluated)[u.Task.Name].Count == 0))
        {
            string filter = use.Where.Count == 0 ? "" : $" with {string.Join(" and ", use.Where.Select(w => $"{w.Key} = {(w.Value is IReadOnlyList<object?> any ? string.Join(" or ", any) : w.Value)}"))}";
            throw new EvalException(ExitCode.Data, $"{split.Shards[0].File}: split {split.Name.Split} of {split.Name.Path} has no row{filter} ({rows} rows in all), and task {use.Task.Name} needs some");
        }

        _records.Add(new DatasetRecord { Path = split.Name.Path, Config = split.Name.Config, Split = split.Name.Split, Rows = rows, Shards = split.Shards });
    }

    private void Keep(Use use, Document document, int? limit)
    {
        List<Document> kept = (use.IsShots ? _shots : _evaluated)[use.Task.Name];
        if (!use.IsShots)
            _available[use.Task.Name] = _available.GetValueOrDefault(use.Task.Name) + 1;
        if (use.IsShots || limit is null || kept.Count < limit)
            kept.Add(document);
    }
}
