using EvalHarness.Data;
using EvalHarness.Pythonic;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Running;

/// <summary>What one task takes from a split: documents to evaluate, or documents to choose few-shot examples from.</summary>
internal sealed class SplitUse
{
    private readonly Func<Document, Document?> _process;
    private readonly TaskRun? _run;

    /// <param name="task">The task.</param>
    /// <param name="run">Says which documents are wanted; null for all.</param>
    /// <param name="process">Changes or drops documents; null where they are taken as they are.</param>
    /// <param name="isFewShot">Whether the documents are for few-shot examples.</param>
    private SplitUse(TaskDefinition task, TaskRun? run, DocumentsFunction? process, bool isFewShot)
    {
        (Task, _run, Process, IsFewShot) = (task, run, process as RowFunction, isFewShot);
        Whole = process as SplitFunction;
        _process = Process?.Make() ?? (document => document);
        Where = [.. task.Where, .. isFewShot ? task.FewShot.Where : new Dictionary<string, object?>()];
    }

    internal TaskDefinition Task { get; }

    /// <summary>Changes or drops documents, row by row; null where they are taken as they are.</summary>
    internal RowFunction? Process { get; }

    /// <summary>Sees the whole split, and makes the documents of it (<see cref="WholeSplit"/>); null for other tasks.</summary>
    internal SplitFunction? Whole { get; }

    /// <summary>Whether the documents are for few-shot examples.</summary>
    internal bool IsFewShot { get; }

    /// <summary>
    /// Columns with the value, or the list of values of which one, a document must have. The split must have these columns, because they
    /// are looked at in every row; any other column is only missed where a document is evaluated that needs it.
    /// </summary>
    internal IReadOnlyList<KeyValuePair<string, object?>> Where { get; }

    /// <summary>Whether each row of the split is a document of the task.</summary>
    internal bool TakesAllRows => Where.Count == 0 && Whole is null && Process is null or { KeepsAllRows: true };

    /// <summary>The documents kept so far, with their position among all that fit.</summary>
    internal List<NumberedDocument> Kept { get; } = [];

    /// <summary>The number of documents that fit so far.</summary>
    internal int Fitting { get; private set; }

    internal static SplitUse Evaluated(TaskRun run) => new(run.Definition, run, run.Definition.ProcessDocuments, isFewShot: false);

    internal static SplitUse FewShot(TaskRun run) => new(run.Definition, run, run.Definition.FewShot.ProcessDocuments, isFewShot: true);

    /// <summary>A use that finds the documents of this one and looks at no more of them than tells whether they are the task's.</summary>
    /// <remarks>Documents that a function makes of the whole split are not counted by row.</remarks>
    internal SplitUse ForCounting() => new(Task, null, Process is { KeepsAllRows: true } ? null : Process, IsFewShot);

    /// <summary>
    /// The number of documents behind which the task needs no more, once it is known how many there are; null where it needs all.
    /// </summary>
    /// <param name="available">The number of documents that the task has; null where it is not known.</param>
    internal int? Needed(long? available) => _run switch
    {
        null => null,
        // The first documents are the examples of all, whichever stand behind them.
        { } run when IsFewShot => Task.FewShot is { Sampler: FewShotSampling.FirstN, ExcludesDocument: false } ? run.NumFewShot : null,
        { Indices: { } indices } => indices.Max() + 1,
        { Share: not null } run => available is { } all ? run.Chosen((int)all) : null,
        { } run => run.Limit,
    };

    /// <summary>
    /// The next document of the task, if the row is one and the run wants it. Rows must be passed in order, from the first one.
    /// </summary>
    /// <param name="document">A row of the split.</param>
    /// <param name="row">The number of the row in the split, from 0.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: process_docs fails on the document.</exception>
    internal NumberedDocument? Next(Document document, long row)
    {
        if (!Fits(document))
            return null;
        try
        {
            return _process(document) is { } processed ? Take(processed, row) : null;
        }
        catch (FunctionException e)
        {
            string split = IsFewShot ? "the few-shot split" : Task.EvaluationSplit;
            throw new EvalException(ExitCode.Data, $"task {Task.Name}, row {row} of {split}: process_docs: {e.Message}", e);
        }
    }

    /// <summary>Numbers a document that is one of the task's; null if the run does not want it.</summary>
    /// <param name="document">The document after process_docs.</param>
    /// <param name="row">The number of its row in the split, from 0.</param>
    internal NumberedDocument? Take(Document document, long row)
    {
        int id = Fitting++;
        return IsFewShot || _run?.Evaluates(id) != false ? new NumberedDocument(id, document) { Row = row } : null;
    }

    /// <summary>Whether a row has the values that the task selects rows by.</summary>
    internal bool Fits(Document document)
    {
        // A loop, because it runs for each row and task.
        for (int i = 0; i < Where.Count; i++)
        {
            if (!Fits(document, Where[i].Key, Where[i].Value))
                return false;
        }

        return true;
    }

    /// <summary>Keeps the document if it is one of the task's and wanted.</summary>
    /// <inheritdoc cref="Next"/>
    internal void Offer(Document document, long row)
    {
        if (Next(document, row) is { } next)
            Kept.Add(next);
    }

    private static bool Fits(Document document, string column, object? value) =>
        Document.ValuesEqual(document.Values[column], value)
        || (value is IReadOnlyList<object?> any && any.Any(one => Document.ValuesEqual(document.Values[column], one)));

    /// <summary>The condition on documents as Python prints it; uses that have the same take the same rows.</summary>
    internal string WhereText => string.Join('\n', Where.Select(w => $"{w.Key} {Python.Repr(w.Value)}"));

    /// <summary>The condition on documents in words, with a space before it; empty where there is none.</summary>
    internal string Condition => Where.Count == 0
        ? ""
        : $" with {string.Join(" and ", Where.Select(w => $"{w.Key} = {Shown(w.Value)}"))}";

    private static object? Shown(object? value) => value is IReadOnlyList<object?> any ? string.Join(" or ", any) : value;
}
