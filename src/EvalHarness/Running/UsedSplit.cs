using EvalHarness.Data;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>
/// A split that tasks of a run use. It is read once for all of them, before the model is loaded: where it is small its documents are kept
/// in memory; otherwise few-shot examples, and the documents of tasks that take only some of the rows, are kept in a temporary file. Tasks
/// that take all rows read them from the shards while they are used. They are counted here, if the footers do not say how many there are.
/// </summary>
internal sealed class UsedSplit
{
    private readonly IReadOnlySet<string>? _columns;
    private readonly long? _counted;
    private IReadOnlyDictionary<SplitUse, int> _fitting = new Dictionary<SplitUse, int>();

    /// <summary>What is kept in a temporary file; null where the documents are kept in memory.</summary>
    private SpooledSplit? _spooled;

    internal UsedSplit(DatasetSplit split, IReadOnlyList<SplitUse> uses)
    {
        (Split, Uses) = (split, uses);
        _columns = WantedColumns.Of(split, uses);
        _counted = split.CountRows();
        Bytes = split.EstimateBytes(_columns) * NeededShare;
    }

    internal DatasetSplit Split { get; }

    internal IReadOnlyList<SplitUse> Uses { get; }

    /// <summary>About how many bytes the documents that the tasks need take in memory.</summary>
    internal double Bytes { get; }

    /// <summary>The number of rows, once the split has been read.</summary>
    internal long Rows { get; private set; }

    /// <param name="keep">Whether the documents are kept in memory.</param>
    /// <param name="spool">Keeps what is not in memory, and not read again.</param>
    /// <param name="cancellationToken">Stops between rows, also when documents are read later.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Data"/>: the split is damaged, has no row for a task, or lacks a column of a <c>where</c>.
    /// <see cref="ExitCode.Output"/>: the temporary file cannot be written.
    /// </exception>
    internal async Task ReadAsync(bool keep, DocumentSpool spool, CancellationToken cancellationToken)
    {
        foreach (SplitUse use in Uses)
        {
            if (SplitProblems.MissingColumn(use, Split) is { } missing)
                throw missing;
        }

        if (keep)
        {
            Rows = await KeepAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            _spooled = new SpooledSplit(Split, Uses, _columns, _counted);
            Rows = await _spooled.ReadAsync(spool, cancellationToken).ConfigureAwait(false);
            _fitting = _spooled.Fitting;
            SplitUse[] streamed = [.. Uses.Where(use => !use.IsFewShot && All(use) is not null)];
            if (_counted is { } all && streamed.Length > 0)
                Split.Check(_columns, streamed.Max(use => Needed(use) ?? all), cancellationToken);
        }

        if (Uses.FirstOrDefault(use => Fitting(use) == 0) is { } empty)
            throw SplitProblems.NoRow(empty, Split, Rows);
    }

    /// <summary>The number of documents that a task has in the split.</summary>
    internal int Fitting(SplitUse use) => _fitting[use];

    /// <summary>The documents that few-shot examples are drawn from.</summary>
    internal IReadOnlyList<Document> Pool(SplitUse use) =>
        _spooled is { } spooled ? spooled.Pool(use) : [.. use.Kept.Select(d => d.Document)];

    /// <param name="use">What the task takes.</param>
    /// <param name="count">The number of documents that are evaluated.</param>
    /// <param name="again">Begins a new pass for the task.</param>
    /// <param name="cancellationToken">Stops between rows, for as long as the documents are used.</param>
    internal IReadOnlyCollection<NumberedDocument> Documents(
        SplitUse use, int count, Func<SplitUse> again, CancellationToken cancellationToken) => _spooled is null
            ? use.Kept[..count]
            : _spooled.Documents(use, count) as IReadOnlyCollection<NumberedDocument>
                ?? new StreamedDocuments(Split, _columns, again, count, cancellationToken);

    /// <summary>The share of the rows that is read where each task takes all rows, and needs the first ones only.</summary>
    private double NeededShare => _counted is > 0 and var rows && Uses.All(use => use.TakesAllRows && Needed(use) is not null)
        ? Math.Min(1, Uses.Max(use => Needed(use) ?? 0) / (double)rows)
        : 1;

    /// <summary>The number of documents behind which a task needs no more; null where it needs all, or all must be counted.</summary>
    private int? Needed(SplitUse use) => use.TakesAllRows || use.IsFewShot ? use.Needed(use.TakesAllRows ? _counted : null) : null;

    /// <returns>The number of rows of the split.</returns>
    private async Task<long> KeepAsync(CancellationToken cancellationToken)
    {
        long rows = 0;
        WholeSplit[] wholes = WholeSplit.Of(Uses, Split, spool: null, cancellationToken);
        SplitUse[] byRow = [.. Uses.Where(use => use.Whole is null)];
        try
        {
            await foreach (Document document in Split.ReadAsync(_columns, cancellationToken).ConfigureAwait(false))
            {
                foreach (SplitUse use in byRow)
                    use.Offer(document, rows);
                foreach (WholeSplit whole in wholes)
                    whole.Add(document, rows);
                rows++;
                // Without the number of rows from the footers, the others are counted.
                if (_counted is not null && wholes.Length == 0 && byRow.All(use => use.Fitting >= Needed(use)))
                    break;
            }

            foreach (WholeSplit whole in wholes)
                whole.Process((use, document) => use.Kept.Add(document));
        }
        finally
        {
            foreach (WholeSplit whole in wholes)
                whole.Dispose();
        }

        _fitting = Uses.ToDictionary(use => use, use => All(use) ?? use.Fitting);
        return _counted ?? rows;
    }

    /// <summary>The number of a task's documents, where the footers say it; null where they are counted by reading.</summary>
    private int? All(SplitUse use) => use.TakesAllRows ? checked((int?)_counted) : null;
}
