using EvalHarness.Data;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>
/// What is kept of a large split in a temporary file: few-shot examples, and the documents of tasks that take only some of the rows. The
/// split is read once for all of them, and the documents of every task are counted, if the footers do not say how many there are.
/// </summary>
/// <param name="split">The split.</param>
/// <param name="uses">What tasks take of it.</param>
/// <param name="columns">The columns that they need; null for all.</param>
/// <param name="counted">The number of rows that the footers say; null where they do not.</param>
internal sealed class SpooledSplit(DatasetSplit split, IReadOnlyList<SplitUse> uses, IReadOnlySet<string>? columns, long? counted)
{
    private readonly OrderedDictionary<SplitUse, SpooledDocuments> _pools = [];
    private readonly OrderedDictionary<SplitUse, SelectedDocuments> _selected = [];
    private readonly Dictionary<SplitUse, int> _fitting = [];
    private WholeSplit[] _wholes = [];

    /// <summary>The number of documents that each task has in the split.</summary>
    internal IReadOnlyDictionary<SplitUse, int> Fitting => _fitting;

    /// <summary>The documents that few-shot examples are drawn from.</summary>
    internal SpooledDocuments Pool(SplitUse use) => _pools[use];

    /// <summary>The first documents of a task; null where it takes all rows, which are not kept.</summary>
    internal SelectedDocuments? Documents(SplitUse use, int count) => _selected.GetValueOrDefault(use)?.First(count);

    /// <param name="spool">The temporary file.</param>
    /// <param name="cancellationToken">Stops between rows, also when documents are read later.</param>
    /// <returns>The number of rows of the split.</returns>
    internal async Task<long> ReadAsync(DocumentSpool spool, CancellationToken cancellationToken)
    {
        foreach (SplitUse use in uses)
        {
            if (use.IsFewShot)
                _pools[use] = new SpooledDocuments(spool);
            else if (!use.TakesAllRows)
                _selected[use] = new SelectedDocuments(spool, cancellationToken);
        }

        (long rows, bool isCounted) = await KeepAsync(spool, cancellationToken).ConfigureAwait(false);
        SplitUse[] uncounted = isCounted ? [] : [.. uses.Where(use => !use.IsFewShot && !(use.TakesAllRows && counted is not null))];
        if (uncounted.Length > 0)
            rows = await CountAsync(uncounted, cancellationToken).ConfigureAwait(false);
        rows = counted ?? rows;
        foreach (SplitUse use in uses.Except(uncounted))
            _fitting[use] = use.TakesAllRows && !use.IsFewShot ? checked((int)rows) : use.Fitting;
        return rows;
    }

    /// <summary>Reads until nothing more is kept, or to the end where another pass would not count the documents for less.</summary>
    /// <returns>The number of rows that were read, and whether these are all.</returns>
    private async Task<(long Rows, bool IsCounted)> KeepAsync(DocumentSpool spool, CancellationToken cancellationToken)
    {
        _wholes = WholeSplit.Of(uses, split, spool, cancellationToken);
        try
        {
            return await KeepAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            foreach (WholeSplit whole in _wholes)
                whole.Dispose();
        }
    }

    private async Task<(long Rows, bool IsCounted)> KeepAsync(CancellationToken cancellationToken)
    {
        // Of a share it is only known here how large it can be.
        (SplitUse Use, int Most)[] kept =
            [.. _pools.Keys.Concat(_selected.Keys).Select(use => (use, use.Needed(counted) ?? int.MaxValue))];
        if (kept.Length == 0)
            return (0, false);
        // Without a function, the rest is counted by the columns of a where alone, which costs much less.
        bool canLeave = counted is not null && _wholes.Length == 0 && _selected.Keys.All(use => use.ForCounting().Process is null);
        (SplitUse Use, int Most)[] byRow = [.. kept.Where(k => k.Use.Whole is null)];
        long rows = 0;
        await foreach (Document document in split.ReadAsync(columns, cancellationToken).ConfigureAwait(false))
        {
            foreach ((SplitUse use, int most) in byRow)
                Keep(use, most, document, rows);
            foreach (WholeSplit whole in _wholes)
                whole.Add(document, rows);
            rows++;
            if (canLeave && Array.TrueForAll(kept, k => k.Use.Fitting >= k.Most))
                return (rows, rows == counted);
        }

        var limits = kept.ToDictionary(k => k.Use, k => k.Most);
        foreach (WholeSplit whole in _wholes)
            whole.Process((use, document) => Keep(use, limits[use], document));
        return (rows, true);
    }

    private void Keep(SplitUse use, int most, Document document, long row)
    {
        if (use.IsFewShot)
        {
            if (use.Fitting < most && use.Next(document, row) is { } example)
                _pools[use].Add(example.Document);
        }
        else if (use.Next(document, row) is { } next)
        {
            Keep(use, most, next);
        }
    }

    private void Keep(SplitUse use, int most, NumberedDocument document)
    {
        if (document.Id >= most)
            return;
        if (use.IsFewShot)
            _pools[use].Add(document.Document);
        else
            _selected[use].Add(document);
    }

    /// <summary>Counts the documents of tasks that need no more of a row than the columns of their <c>where</c>.</summary>
    /// <returns>The number of rows.</returns>
    private async Task<long> CountAsync(SplitUse[] uncounted, CancellationToken cancellationToken)
    {
        SplitUse[] passes = [.. uncounted.Select(use => use.ForCounting())];
        HashSet<string> ofWhere = [.. passes.SelectMany(pass => pass.Where).Select(w => w.Key)];
        long rows = 0;
        await foreach (Document document in split.ReadAsync(ofWhere, cancellationToken).ConfigureAwait(false))
        {
            foreach (SplitUse pass in passes)
                pass.Next(document, rows);
            rows++;
        }

        foreach ((SplitUse use, SplitUse pass) in uncounted.Zip(passes))
            _fitting[use] = pass.Fitting;
        return rows;
    }
}
