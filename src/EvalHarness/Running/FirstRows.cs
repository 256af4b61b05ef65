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
        Use? Add(TaskRun run, string? split, SplitUse use, int wanted)
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
            Use? evaluated = Add(run, run.Definition.EvaluationSplit, SplitUse.Evaluated(run), Block);
            // One more than the shots, because the document itself may be among them.
            Use? shots = evaluated is null
                ? null
                : Add(run, run.FewShotSplit, SplitUse.FewShot(run), Math.Max(Block, run.NumFewShot + 1));
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
    private sealed class Use(SplitUse split, int wanted)
    {
        internal SplitUse Split => split;

        internal EvalException? Problem { get; set; }

        internal bool IsDone => Problem is not null || split.Kept.Count >= wanted;
    }

    private static async Task FillAsync(IDatasetSource source, DatasetName name, List<Use> uses, CancellationToken cancellationToken)
    {
        try
        {
            DatasetSplit split = await source.OpenAsync(name, cancellationToken).ConfigureAwait(false);
            foreach (Use use in uses)
                use.Problem = SplitProblems.MissingColumn(use.Split, split);

            await OfferAsync(split, uses, cancellationToken).ConfigureAwait(false);
            foreach (Use use in uses.Where(u => u.Problem is null && u.Split.Fitting == 0))
                use.Problem = SplitProblems.NoRow(use.Split, split);
        }
        catch (EvalException e)
        {
            foreach (Use use in uses.Where(u => !u.IsDone))
                use.Problem = e;
        }
    }

    private static async Task OfferAsync(DatasetSplit split, List<Use> uses, CancellationToken cancellationToken)
    {
        long row = 0;
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
