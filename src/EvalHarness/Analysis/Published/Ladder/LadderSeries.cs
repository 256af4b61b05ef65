namespace EvalHarness.Analysis.Published.Ladder;

/// <summary>Some documents to be asked in a setting.</summary>
/// <param name="Name">What is changed, in words.</param>
/// <param name="Setting">The setting.</param>
/// <param name="Look">The number of the question among those of the setting, from 1.</param>
/// <param name="Documents">One or more.</param>
internal sealed record LadderQuestion(string Name, LadderSetting Setting, int Look, IReadOnlyList<LadderDocument> Documents);

/// <param name="Rows">What came of the documents.</param>
/// <param name="Failure">Why they could not be asked, in words; null where they were.</param>
internal sealed record LadderAnswer(IReadOnlyDictionary<LadderDocument, LadderRow> Rows, string? Failure = null);

/// <summary>Asks documents in a setting.</summary>
internal delegate Task<LadderAnswer> LadderAsk(LadderQuestion question, CancellationToken cancellationToken);

/// <summary>
/// What is known of the documents in one setting, in the order of the documents. A document whose score the change cannot move is not
/// asked: it is known where it is known without the change.
/// </summary>
internal sealed class LadderSeries
{
    private readonly LadderDocuments _documents;
    private readonly LadderSeries? _from;
    private readonly LadderAsk? _ask;
    private readonly string _name;
    private readonly Func<LadderRow, bool> _canMove;
    private readonly List<LadderRow?> _rows = [];
    private int _looks;

    private LadderSeries(
        LadderDocuments documents,
        LadderSetting setting,
        LadderSeries? from,
        LadderAsk? ask,
        string name,
        Func<LadderRow, bool> canMove,
        IEnumerable<LadderRow?> rows)
    {
        (_documents, Setting, _from, _ask, _name, _canMove) = (documents, setting, from, ask, name, canMove);
        _rows.AddRange(rows);
    }

    internal LadderSetting Setting { get; }

    /// <summary>The number of documents, from the first in their order on, that are known.</summary>
    internal int Known => _rows.Count;

    /// <summary>Whether all documents are known.</summary>
    internal bool IsWhole => Known == _documents.Count;

    /// <summary>Whether all tasks have as many documents, so that it makes no difference which of both counts the same.</summary>
    internal bool HasEqualTasks => _documents.LargestWeight(tasksCountTheSame: true) == 1;

    /// <summary>Whether a task has fewer than two documents with a score.</summary>
    internal bool HasTaskOfOneScore => Enumerable.Range(0, Known)
        .Where(place => this[place] is { Scores.Count: > 0 })
        .CountBy(place => _documents[place].Task)
        .Count(task => task.Value > 1) < _documents.Tasks;

    /// <summary>Documents that were asked for this setting.</summary>
    internal int Asked { get; private set; }

    /// <summary>Why no more documents can be asked, in words; null where they can.</summary>
    internal string? Failure { get; private set; }

    /// <returns>Null for a document that the run lost.</returns>
    internal LadderRow? this[int place] => _rows[place];

    /// <summary>The rows that are known.</summary>
    internal IEnumerable<LadderRow> Rows => _rows.OfType<LadderRow>();

    /// <summary>The setting of a finished run, in which all documents are known.</summary>
    internal static LadderSeries Of(
        LadderDocuments documents, LadderSetting setting, IReadOnlyDictionary<LadderDocument, LadderRow> rows)
    {
        IEnumerable<LadderRow?> all = Enumerable.Range(0, documents.Count).Select(i => rows.GetValueOrDefault(documents[i]));
        return new LadderSeries(documents, setting, null, null, "", _ => true, all);
    }

    /// <summary>The setting that a rung makes of this one, of which nothing is known yet.</summary>
    internal LadderSeries After(LadderRung rung, LadderSetting setting, LadderAsk ask) =>
        new(_documents, setting, this, ask, rung.Name, rung.CanMove, []);

    /// <summary>How many documents have to be asked, here and in what this stands on, before so many are known.</summary>
    internal int Cost(int known) => _from is null || known <= Known ? 0
        : _from.Cost(known) + Enumerable.Range(Known, known - Known).Count(IsAsked);

    /// <summary>How far one comes with a number of asked documents.</summary>
    /// <returns>The number of documents that are then known.</returns>
    internal int Reach(int cost)
    {
        int known = Known, spent = 0;
        while (known < _documents.Count)
        {
            int more = (IsAsked(known) ? 1 : 0) + (_from!.Cost(known + 1) - _from.Cost(known));
            if (spent + more > cost)
                break;
            (known, spent) = (known + 1, spent + more);
        }

        return known;
    }

    /// <summary>Whether a document would be asked; one that is not known yet where nothing is changed is.</summary>
    private bool IsAsked(int place) => place >= _from!.Known || (_from[place] is { } row && _canMove(row));

    /// <summary>Asks what is needed to know so many documents. On a failure nothing more is known than before.</summary>
    internal async Task ExtendAsync(int known, CancellationToken cancellationToken)
    {
        if (_from is null || known <= Known || Failure is not null)
            return;
        await _from.ExtendAsync(known, cancellationToken).ConfigureAwait(false);
        Failure = _from.Failure;
        if (Failure is not null)
            return;
        LadderDocument[] asked = [.. Enumerable.Range(Known, known - Known).Where(IsAsked).Select(i => _documents[i])];
        IReadOnlyDictionary<LadderDocument, LadderRow> rows = new Dictionary<LadderDocument, LadderRow>();
        if (asked.Length > 0)
        {
            _looks++;
            LadderAnswer answer = await _ask!(new LadderQuestion(_name, Setting, _looks, asked), cancellationToken).ConfigureAwait(false);
            Failure = answer.Failure;
            if (Failure is not null)
                return;
            rows = answer.Rows;
            Asked += asked.Length;
        }

        for (int place = Known; place < known; place++)
            _rows.Add(IsAsked(place) ? rows.GetValueOrDefault(_documents[place]) : _from[place]);
    }
}
