using EvalHarness.Data;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>The first rows of a task's own data: some to make prompts of, and as many to draw shots from as the task wants.</summary>
/// <param name="Run">The task with these documents.</param>
/// <param name="Problem">Why the rows cannot be read; null if they can.</param>
internal sealed record FirstRows(TaskRun Run, EvalException? Problem)
{
    /// <summary>The documents of each task that are looked at.</summary>
    internal const int Block = 8;

    /// <summary>The rows that a function sees that wants a whole split, where these are enough for it.</summary>
    private const long WholeBlock = 256;

    /// <summary>Reads the first rows of every task whose split is at hand. Each split is read once, and no further than needed.</summary>
    /// <param name="source">The datasets.</param>
    /// <param name="roots">The folders that it reads from.</param>
    /// <param name="tasks">The tasks.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    /// <returns>One entry for each task, in their order; null where the split that the task evaluates is not at hand.</returns>
    internal static async Task<IReadOnlyList<FirstRows?>> ReadAsync(
        IDatasetSource source, IReadOnlyList<string> roots, IReadOnlyList<TaskDefinition> tasks, CancellationToken cancellationToken)
    {
        TaskRun[] runs = [.. tasks.Select(task => new TaskRun(task, task.NumFewShot, Seed: 0) { Limit = Block })];
        DatasetName[] named = [.. runs.SelectMany(Splits).Distinct()];
        HashSet<DatasetName> there = [.. named.Except(HubDatasets.Missing(named, roots))];
        var uses = new OrderedDictionary<DatasetName, List<Use>>();
        Use? Add(TaskRun run, string? split, Func<SplitUse> use, int wanted)
        {
            if (split is null || run.Definition.Dataset(split) is var name && !there.Contains(name))
                return null;
            if (!uses.TryGetValue(name, out List<Use>? list))
                uses[name] = list = [];
            var added = new Use(use, wanted);
            list.Add(added);
            return added;
        }

        (TaskRun Run, Use? Evaluated, Use? FewShot)[] read = [.. runs.Select(run =>
        {
            Use? evaluated = Add(run, run.Definition.EvaluationSplit, () => SplitUse.Evaluated(run), Block);
            // One more than the shots, because the document itself may be among them.
            Use? shots = evaluated is null
                ? null
                : Add(run, run.FewShotSplit, () => SplitUse.FewShot(run), Math.Max(Block, run.NumFewShot + 1));
            return (run, evaluated, shots);
        })];
        foreach ((DatasetName name, List<Use> list) in uses)
            await FillAsync(source, name, list, cancellationToken).ConfigureAwait(false);
        return [.. read.Select(r => r.Evaluated is null ? null : Of(r.Run, r.Evaluated, r.FewShot))];
    }

    private static IEnumerable<DatasetName> Splits(TaskRun run)
    {
        yield return run.Definition.Dataset(run.Definition.EvaluationSplit);
        if (run.FewShotSplit is { } split)
            yield return run.Definition.Dataset(split);
    }

    private static FirstRows Of(TaskRun run, Use evaluated, Use? shots)
    {
        List<NumberedDocument> documents = evaluated.Split.Kept;
        run = run with { Documents = documents };
        if (shots is not null)
            run = run with { FewShotPool = [.. shots.Split.Kept.Select(d => d.Document)] };
        else if (run.FewShotSplit is not null)
        {
            // The splits of a configuration have the same columns: the evaluated one stands for one that is not at hand.
            run = run with
            {
                FewShotPool = [.. documents.Select(d => d.Document)],
                NumFewShot = Math.Max(0, Math.Min(run.NumFewShot, documents.Count - 1)),
            };
        }

        return new FirstRows(run, evaluated.Problem ?? shots?.Problem);
    }

    /// <summary>What a task takes from a split, until it has as many rows as are wanted.</summary>
    private sealed class Use(Func<SplitUse> make, int wanted)
    {
        internal SplitUse Split { get; private set; } = make();

        internal EvalException? Problem { get; set; }

        internal bool IsDone => Problem is not null || Split.Kept.Count >= wanted;

        /// <summary>Whether there is something to make prompts of, or to draw from.</summary>
        internal bool Suffices => Problem is null && Split.Kept.Count >= (Split.IsFewShot ? wanted : 1);

        internal void Keep(NumberedDocument document)
        {
            if (Split.Kept.Count < wanted)
                Split.Kept.Add(document);
        }

        internal void Restart() => (Split, Problem) = (make(), null);
    }

    private static async Task FillAsync(IDatasetSource source, DatasetName name, List<Use> uses, CancellationToken cancellationToken)
    {
        try
        {
            DatasetSplit split = await source.OpenAsync(name, cancellationToken).ConfigureAwait(false);
            foreach (Use use in uses)
                use.Problem = SplitProblems.MissingColumn(use.Split, split);

            await OfferAsync(split, uses.FindAll(u => u.Split.Whole is null), cancellationToken).ConfigureAwait(false);
            await OfferWholeAsync(split, uses.FindAll(u => u.Split.Whole is not null && !u.IsDone), cancellationToken)
                .ConfigureAwait(false);
            foreach (Use use in uses.Where(u => u.Problem is null && u.Split.Fitting == 0))
                use.Problem = SplitProblems.NoRow(use.Split, split);
        }
        catch (EvalException e)
        {
            foreach (Use use in uses.Where(u => !u.IsDone))
                use.Problem = e;
        }
    }

    /// <summary>Functions that see a whole split get its first rows, and all where these are not enough for them.</summary>
    private static async Task OfferWholeAsync(DatasetSplit split, List<Use> uses, CancellationToken cancellationToken)
    {
        if (uses.Count == 0 || !await ProcessAsync(split, uses, WholeBlock, cancellationToken).ConfigureAwait(false))
            return;
        List<Use> others = uses.FindAll(u => !u.Suffices);
        foreach (Use use in others)
            use.Restart();
        if (others.Count > 0)
            await ProcessAsync(split, others, long.MaxValue, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>Whether the split has more rows.</returns>
    private static async Task<bool> ProcessAsync(DatasetSplit split, List<Use> uses, long most, CancellationToken cancellationToken)
    {
        var bySplit = uses.ToDictionary(u => u.Split);
        WholeSplit[] wholes = WholeSplit.Of(bySplit.Keys, split, spool: null, cancellationToken);
        try
        {
            long row = 0;
            bool hasMore = false;
            await foreach (Document document in split.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                hasMore = row == most;
                if (hasMore)
                    break;
                foreach (WholeSplit whole in wholes)
                    whole.Add(document, row);
                row++;
            }

            foreach (WholeSplit whole in wholes)
                whole.Process((use, document) => bySplit[use].Keep(document), (use, problem) => bySplit[use].Problem = problem);
            return hasMore;
        }
        finally
        {
            foreach (WholeSplit whole in wholes)
                whole.Dispose();
        }
    }

    private static async Task OfferAsync(DatasetSplit split, List<Use> uses, CancellationToken cancellationToken)
    {
        long row = 0;
        if (uses.Count == 0)
            return;
        await foreach (Document document in split.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (Use use in uses.Where(u => !u.IsDone))
            {
                try
                {
                    use.Split.Offer(document, row);
                }
                catch (EvalException e)
                {
                    use.Problem = e;
                }
            }

            if (uses.TrueForAll(u => u.IsDone))
                return;
            row++;
        }
    }
}
