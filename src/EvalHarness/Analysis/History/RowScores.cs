using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EvalHarness.Results;

namespace EvalHarness.Analysis.History;

/// <summary>What the rows of one run add to a score, which is their sum.</summary>
internal sealed class RowScores
{
    /// <summary>In the order of tasks and documents; NaN for rows that errored.</summary>
    private readonly double[] _scores;

    /// <summary>
    /// What a row's score is multiplied by, with the same weight of all rows, and with the same weight of all tasks; null where the sum is
    /// not the score. On some nights both are, for example if all rows are right.
    /// </summary>
    private readonly double[]?[] _weights;

    private RowScores(string hash, double[] scores, double[]?[] weights) => (Hash, _scores, _weights) = (hash, scores, weights);

    /// <summary>Equal for runs that asked the same documents.</summary>
    public string Hash { get; }

    /// <param name="tasks">The samples of the score's tasks.</param>
    /// <param name="key">"METRIC,FILTER".</param>
    /// <param name="value">The score.</param>
    /// <returns>
    /// Null where the rows' own scores do not average to the score with either weights: then an aggregation makes the score of other
    /// things, and a row adds no part of its own.
    /// </returns>
    public static RowScores? Of(IReadOnlyList<SampledTask> tasks, string key, double value)
    {
        SampledTask[] scored =
            [.. tasks.OrderBy(t => t.Name, StringComparer.Ordinal).Where(t => t.Scores.KeysOf(SampledTask.Run).Contains(key))];
        int[] sizes = [.. scored.Select(t => t.ScoresOf(key).Count(s => !double.IsNaN(s)))];
        int count = sizes.Sum();
        double[] scores = [.. scored.SelectMany(t => t.ScoresOf(key))];
        double[]? Weights(Func<int, double> rowsPerScore)
        {
            double[] weights = [.. scored.Zip(sizes).SelectMany(t => Enumerable.Repeat(1 / rowsPerScore(t.Second), t.First.Rows))];
            double sum = scores.Zip(weights, (score, weight) => double.IsNaN(score) ? 0 : score * weight).Sum();
            return Math.Abs(sum - value) < 1e-9 ? weights : null;
        }

        double[]?[] weighted = [Weights(_ => count), Weights(size => (double)scored.Length * size)];
        return count == 0 || weighted.All(w => w is null)
            ? null
            : new RowScores(
                HistoryEntry.Short(scored.SelectMany(t => t.Identities())), scores, weighted);
    }

    /// <param name="before">The night before, with the same rows.</param>
    /// <param name="run">Its run.</param>
    /// <returns>Null where the rows have other weights than the night before.</returns>
    public NightPair? Since(RowScores before, string run)
    {
        int weights = Enumerable.Range(0, _weights.Length)
            .FirstOrDefault(w => _weights[w] is not null && before._weights[w] is not null, -1);
        if (weights < 0)
            return null;
        double[] changes =
        [
            .. Enumerable.Range(0, _scores.Length)
                .Select(i => (_scores[i] - before._scores[i]) * _weights[weights]![i])
                .Where(change => !double.IsNaN(change)),
        ];
        return changes.Length == 0 ? null : new NightPair(
            run, changes.Count(c => c > 0), changes.Count(c => c < 0), changes.Sum(c => c * c), changes.Max(c => Math.Abs(c)));
    }
}

/// <summary>A task's samples, of which only the scores and a fingerprint are kept.</summary>
internal sealed class SampledTask(string name)
{
    /// <summary>The one run in <see cref="Scores"/>.</summary>
    internal const int Run = 0;

    private static readonly string[] Columns = ["doc_id", "document", "scores"];

    /// <summary>Of the documents' texts.</summary>
    private readonly NumberColumn<long> _fingerprints = new();

    internal string Name => name;

    internal JoinedScores Scores { get; } = new(runs: 1);

    internal int Rows => _fingerprints.Count;

    internal static async Task<SampledTask> ReadAsync(RunFolder folder, string task, CancellationToken cancellationToken)
    {
        var read = new SampledTask(task);
        await foreach (SampleRow row in folder.StreamSamplesByDocumentAsync(task, Columns, cancellationToken).ConfigureAwait(false))
            read.Add(row);
        return read;
    }

    /// <param name="row">A row; documents come in ascending order.</param>
    internal void Add(SampleRow row)
    {
        Scores.Add(new JoinedSample(row.DocumentId, [row]));
        _fingerprints.Add(BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes(row.Document))));
    }

    /// <summary>A score row by row; NaN for rows that errored.</summary>
    internal IEnumerable<double> ScoresOf(string key) => Enumerable.Range(0, Rows).Select(Scores.ScoresOf(Run, key));

    /// <summary>What tells each row from others: the task, the document's number and its text.</summary>
    internal IEnumerable<string> Identities() => Enumerable.Range(0, Rows).Select(
        row => string.Create(CultureInfo.InvariantCulture, $"{name} {Scores.Documents[row]} {_fingerprints[row]}"));
}
