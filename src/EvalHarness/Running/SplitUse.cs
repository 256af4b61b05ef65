using EvalHarness.Data;
using EvalHarness.Pythonic;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Running;

/// <summary>What one task takes from a split: documents to evaluate, or documents to choose few-shot examples from.</summary>
/// <param name="Task">The task.</param>
/// <param name="Process">Changes or drops documents; null where they are taken as they are.</param>
/// <param name="IsFewShot">Whether the documents are for few-shot examples.</param>
internal sealed record SplitUse(TaskDefinition Task, RowFunction? Process, bool IsFewShot)
{
    private readonly Func<Document, Document?> _process = Process?.Make() ?? (document => document);
    private Func<int, bool> _wants = _ => true;

    /// <summary>
    /// Columns with the value, or the list of values of which one, a document must have. The split must have these columns, because they
    /// are looked at in every row; any other column is only missed where a document is evaluated that needs it.
    /// </summary>
    internal IReadOnlyList<KeyValuePair<string, object?>> Where { get; } =
        [.. Task.Where, .. IsFewShot ? Task.FewShot.Where : new Dictionary<string, object?>()];

    /// <summary>The documents kept so far, with their position among all that fit.</summary>
    internal List<NumberedDocument> Kept { get; } = [];

    /// <summary>The number of documents that fit so far.</summary>
    internal int Fitting { get; private set; }

    internal static SplitUse Evaluated(TaskRun run) => new(run.Definition, run.Definition.ProcessDocuments, IsFewShot: false)
    {
        _wants = run.Evaluates,
    };

    internal static SplitUse FewShot(TaskDefinition task) => new(task, task.FewShot.ProcessDocuments, IsFewShot: true);

    /// <summary>Keeps the document if it is one of the task's and wanted.</summary>
    /// <param name="document">A row of the split.</param>
    /// <param name="row">The number of the row in the split, from 0.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: process_docs fails on the document.</exception>
    internal void Offer(Document document, long row)
    {
        if (!Where.All(w => Fits(document, w.Key, w.Value)))
            return;
        try
        {
            if (_process(document) is not { } processed)
                return;
            if (_wants(Fitting))
                Kept.Add(new NumberedDocument(Fitting, processed) { Row = row });
            Fitting++;
        }
        catch (FunctionException e)
        {
            string split = IsFewShot ? "the few-shot split" : Task.EvaluationSplit;
            throw new EvalException(ExitCode.Data, $"task {Task.Name}, row {row} of {split}: process_docs: {e.Message}", e);
        }
    }

    private static bool Fits(Document document, string column, object? value) =>
        Document.ValuesEqual(document.Values[column], value)
        || (value is IReadOnlyList<object?> any && any.Any(one => Document.ValuesEqual(document.Values[column], one)));

    /// <summary>The condition on documents in words, with a space before it; empty where there is none.</summary>
    internal string Condition => Where.Count == 0
        ? ""
        : $" with {string.Join(" and ", Where.Select(w => $"{w.Key} = {Shown(w.Value)}"))}";

    private static object? Shown(object? value) => value is IReadOnlyList<object?> any ? string.Join(" or ", any) : value;
}
