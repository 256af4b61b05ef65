using EvalHarness.Data;
using EvalHarness.Results;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Code;

namespace EvalHarness.Running;

/// <summary>
/// The rows of a split that the functions of one Python file see as a whole, and the documents that they make of them. The rows are handed
/// over once for all tasks of the file that select the same rows, and each function is called once.
/// </summary>
internal sealed class WholeSplit : IDisposable
{
    /// <summary>The rows and characters of a chunk that is handed over, behind which it takes no more rows.</summary>
    private const int ChunkRows = 512, ChunkCharacters = 1 << 20;

    private readonly IReadOnlyList<SplitUse> _uses;
    private readonly ICodeSplit _code;
    private readonly IReadOnlyList<Document> _rows;
    private readonly Action<Document> _keep;

    /// <summary>The numbers in the split of the rows that were handed over; null where all rows are.</summary>
    private readonly NumberColumn<long>? _numbers;
    private readonly List<Document> _chunk = [];
    private long _characters;

    private WholeSplit(IReadOnlyList<SplitUse> uses, DatasetSplit split, SpooledDocuments? spooled, CancellationToken cancellationToken)
    {
        _uses = uses;
        _numbers = uses[0].Where.Count == 0 ? null : new NumberColumn<long>();
        var inMemory = new List<Document>();
        _rows = spooled is null ? inMemory : spooled;
        _keep = spooled is null ? inMemory.Add : spooled.Add;
        (var function, ITaskCode code) = uses[0].Whole!;
        _code = Called(uses[0], () => code.OpenSplit(function, split.Columns, cancellationToken));
    }

    /// <summary>Begins with the split, for all uses of it that see it as a whole.</summary>
    /// <param name="uses">All uses of the split.</param>
    /// <param name="split">The split.</param>
    /// <param name="spool">Keeps the rows until the functions have seen them; null to keep them in memory.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: a Python file cannot be loaded.</exception>
    internal static WholeSplit[] Of(
        IEnumerable<SplitUse> uses, DatasetSplit split, DocumentSpool? spool, CancellationToken cancellationToken) =>
    [
        .. uses.Where(use => use.Whole is not null)
            .GroupBy(use => (use.Whole!.Function.Module, use.WhereText))
            .Select(group => new WholeSplit(
                [.. group], split, spool is null ? null : new SpooledDocuments(spool), cancellationToken)),
    ];

    /// <summary>Hands over a row of the split, if the tasks select it.</summary>
    /// <param name="document">The row.</param>
    /// <param name="row">Its number in the split, from 0.</param>
    internal void Add(Document document, long row)
    {
        if (!_uses[0].Fits(document))
            return;
        _keep(document);
        _numbers?.Add(row);
        _chunk.Add(document);
        _characters += FieldCode.Characters(document.Values);
        if (_chunk.Count == ChunkRows || _characters >= ChunkCharacters)
            Send();
    }

    /// <summary>Calls the functions, when all rows have been handed over.</summary>
    /// <param name="take">Takes each document that a task wants, in their order.</param>
    /// <param name="failed">
    /// Is told of a function that fails, whereupon the others are called; null where the first failure is thrown.
    /// </param>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: a function fails, or returns no documents.</exception>
    internal void Process(Action<SplitUse, NumberedDocument> take, Action<SplitUse, EvalException>? failed = null)
    {
        Send();
        foreach (IGrouping<SplitFunction, SplitUse> same in _uses.GroupBy(use => use.Whole!))
        {
            SplitUse[] uses = [.. same];
            try
            {
                _ = Called(uses[0], () => Process(same.Key, uses, take));
            }
            catch (EvalException e) when (failed is not null && e.ExitCode == ExitCode.Task)
            {
                foreach (SplitUse use in uses)
                    failed(use, e);
            }
        }
    }

    /// <returns>The number of documents.</returns>
    private int Process(SplitFunction function, SplitUse[] uses, Action<SplitUse, NumberedDocument> take)
    {
        int position = 0;
        foreach (ProcessedRow made in _code.Process(function.Function))
        {
            // Where a changed document comes from is not told; a function that only changes documents keeps their order.
            Document document = made.Document ?? _rows[checked((int)made.Row!.Value)];
            long row = Number(made.Row ?? position);
            position++;
            foreach (SplitUse use in uses)
            {
                if (use.Take(document, row) is { } taken)
                    take(use, taken);
            }
        }

        return position;
    }

    private long Number(long row) => _numbers is not null && row < _numbers.Count ? _numbers[(int)row] : row;

    private void Send()
    {
        if (_chunk.Count == 0)
            return;
        Called(_uses[0], () =>
        {
            _code.Add(_chunk);
            return _chunk.Count;
        });
        _chunk.Clear();
        _characters = 0;
    }

    private static T Called<T>(SplitUse use, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (EvalException e)
        {
            string split = use.IsFewShot ? "the few-shot split" : use.Task.EvaluationSplit;
            throw new EvalException(e.ExitCode, $"task {use.Task.Name}, split {split}: process_docs: {e.Message}", e);
        }
    }

    public void Dispose() => _code.Dispose();
}
