namespace EvalHarness.Results;

/// <summary>
/// The scores of a task's documents in several runs, as columns of numbers: a few bytes a document, and no text.
/// </summary>
internal sealed class JoinedScores
{
    private static readonly string[] OwnColumns = ["doc_id", "scores"];

    private readonly Run[] _runs;
    private readonly NumericScores _numbers = new();
    private readonly DocumentColumn _documents = new();

    private sealed class Run
    {
        internal NumberColumn<bool> Has { get; } = new();

        /// <summary>By "METRIC,FILTER" in the order in which they came; a column ends at the last document that has the score.</summary>
        internal OrderedDictionary<string, ScoreColumn> Scores { get; } = [];
    }

    /// <param name="runs">How many runs are joined.</param>
    internal JoinedScores(int runs) => _runs = [.. Enumerable.Range(0, runs).Select(_ => new Run())];

    internal int Runs => _runs.Length;

    /// <summary>The numbers of the documents, ascending. A row is a document's place among them.</summary>
    internal IReadOnlyList<long> Documents => _documents;

    /// <summary>The scores as "METRIC,FILTER": the first run's in the order in which they came, then those that only others have.</summary>
    internal IReadOnlyList<string> Keys => [.. _runs.SelectMany(r => r.Scores.Keys).Distinct()];

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: a run's samples are missing or damaged.</exception>
    internal static async Task<JoinedScores> ReadAsync(IReadOnlyList<FinishedRun> runs, string task, CancellationToken cancellationToken)
    {
        var scores = new JoinedScores(runs.Count);
        await foreach (JoinedSample sample in SampleJoin.ReadAsync(runs, task, OwnColumns, cancellationToken).ConfigureAwait(false))
            scores.Add(sample);
        return scores;
    }

    internal void Add(JoinedSample sample)
    {
        int row = _documents.Count;
        _documents.Add(sample.Document);
        for (int i = 0; i < _runs.Length; i++)
        {
            Run run = _runs[i];
            run.Has.Add(sample.Rows[i] is not null);
            if (sample.Rows[i] is not { } answered)
                continue;
            foreach ((string key, double value) in _numbers.Of(answered))
            {
                if (!run.Scores.TryGetValue(key, out ScoreColumn? column))
                    run.Scores[key] = column = new ScoreColumn();
                while (column.Count < row)
                    column.Add(double.NaN);
                column.Add(value);
            }
        }
    }

    /// <summary>Whether a run has the document.</summary>
    internal bool Has(int run, int row) => _runs[run].Has[row];

    /// <summary>The scores that documents of a run have, in the order in which they came.</summary>
    internal IReadOnlyCollection<string> KeysOf(int run) => _runs[run].Scores.Keys;

    /// <returns>NaN where the document errored in the run, or has no such score, or is not there.</returns>
    internal double Score(int run, string key, int row) =>
        _runs[run].Scores.TryGetValue(key, out ScoreColumn? column) && row < column.Count ? column[row] : double.NaN;

    /// <summary>A score of a run by row, as <see cref="Score"/> gives it; for those who want all rows.</summary>
    internal Func<int, double> ScoresOf(int run, string key) => _runs[run].Scores.TryGetValue(key, out ScoreColumn? column)
        ? row => row < column.Count ? column[row] : double.NaN
        : _ => double.NaN;
}
