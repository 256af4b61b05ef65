using System.Runtime.CompilerServices;
using EvalHarness.Data;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Code;

namespace EvalHarness.Running;

/// <summary>What tasks make of their documents, without a model. No document is kept in memory but the last few-shot examples.</summary>
internal static class TaskDocuments
{
    /// <param name="source">The datasets.</param>
    /// <param name="options">Names the tasks, the folders with task files, and what decides prompts.</param>
    /// <param name="from">The number of the first document of each task, from 0. Its prompt is that of a run over all documents.</param>
    /// <param name="limit">The most documents of each task; null for all.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    /// <returns>The documents of one task after the other, each with its prompt or the error of it.</returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/>: a task is unknown or wrong. <see cref="ExitCode.Data"/>: a split is missing, damaged or has no row for
    /// the task, or process_docs fails.
    /// </exception>
    internal static async IAsyncEnumerable<RenderedDocument> ReadAsync(
        IDatasetSource source, RunOptions options, long from, long? limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using BoxedCode? code = TaskPython.Open(options);
        TaskCatalog catalog = TaskPython.Catalog(options, code, cancellationToken);
        foreach (TaskRun run in catalog.Select(options.Tasks).Runs(options))
        {
            using var spool = new DocumentSpool();
            IReadOnlyList<Document> pool = await PoolAsync(source, run, spool, cancellationToken).ConfigureAwait(false);
            var builder = new PromptBuilder(
                run with { FewShotPool = pool }, new ChatFormat { SystemInstruction = options.SystemInstruction });
            long shown = 0;
            IEnumerable<NumberedDocument> documents =
                EvaluatedAsync(source, run, cancellationToken).ToBlockingEnumerable(cancellationToken);
            foreach (NumberedDocument document in builder.Ahead(documents))
            {
                // Documents before the first one are rendered as well: the first of a task decides how all are asked, and each draws shots.
                RenderedDocument rendered = Render(run.Definition, builder, document);
                if (document.Id < from)
                    continue;
                yield return rendered;
                if (++shown == limit)
                    break;
            }
        }
    }

    private static async Task<IReadOnlyList<Document>> PoolAsync(
        IDatasetSource source, TaskRun run, DocumentSpool spool, CancellationToken cancellationToken)
    {
        if (run.FewShotSplit is not { } name)
            return run.FewShotPool;
        var use = SplitUse.FewShot(run);
        var pool = new SpooledDocuments(spool);
        await foreach (NumberedDocument document in
            ReadAsync(source, run.Definition.Dataset(name), use, cancellationToken).ConfigureAwait(false))
            pool.Add(document.Document);
        return pool;
    }

    private static IAsyncEnumerable<NumberedDocument> EvaluatedAsync(
        IDatasetSource source, TaskRun run, CancellationToken cancellationToken) =>
        ReadAsync(source, run.Definition.Dataset(run.Definition.EvaluationSplit), SplitUse.Evaluated(run), cancellationToken);

    private static async IAsyncEnumerable<NumberedDocument> ReadAsync(
        IDatasetSource source, DatasetName name, SplitUse use, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        DatasetSplit split = await source.OpenAsync(name, cancellationToken).ConfigureAwait(false);
        if (SplitProblems.MissingColumn(use, split) is { } missing)
            throw missing;
        if (use.Whole is not null)
        {
            using var spool = new DocumentSpool();
            foreach (NumberedDocument document in
                await WholeAsync(split, use, spool, cancellationToken).ConfigureAwait(false))
                yield return document;
            yield break;
        }

        long row = 0;
        await foreach (Document document in split.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (use.Next(document, row++) is { } next)
                yield return next;
        }

        if (use.Fitting == 0)
            throw SplitProblems.NoRow(use, split);
    }

    /// <summary>The documents that a function makes of the whole split, which it must have seen before the first one is used.</summary>
    private static async Task<SelectedDocuments> WholeAsync(
        DatasetSplit split, SplitUse use, DocumentSpool spool, CancellationToken cancellationToken)
    {
        var documents = new SelectedDocuments(spool, cancellationToken);
        using WholeSplit whole = WholeSplit.Of([use], split, spool, cancellationToken)[0];
        long row = 0;
        await foreach (Document document in split.ReadAsync(cancellationToken).ConfigureAwait(false))
            whole.Add(document, row++);
        whole.Process((_, document) => documents.Add(document));
        return documents.Count > 0 ? documents : throw SplitProblems.NoRow(use, split, row);
    }

    private static RenderedDocument Render(TaskDefinition task, PromptBuilder builder, NumberedDocument document)
    {
        try
        {
            return RenderedDocument.Of(task, builder.Prepare(document));
        }
        catch (EvalException e)
        {
            return RenderedDocument.Failed(task, document, e);
        }
    }
}
