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
        List<(string Task, SampledRow[] Rows)> scored =
        [
            .. tasks.OrderBy(t => t.Name, StringComparer.Ordinal)
                .Where(t => t.Rows.Any(r => r.Scores.ContainsKey(key)))
                .Select(t => (t.Name, t.Rows.OrderBy(r => r.Document).ToArray())),
        ];
        int Scored(SampledRow[] rows) => rows.Count(r => r.Scores.ContainsKey(key));
        int count = scored.Sum(t => Scored(t.Rows));
        double[] scores =
            [.. scored.SelectMany(t => t.Rows.Select(r => r.Scores.TryGetValue(key, out double score) ? score : double.NaN))];
        double[]? Weights(Func<int, double> rowsPerScore)
        {
            double[] weights = [.. scored.SelectMany(t => Enumerable.Repeat(1 / rowsPerScore(Scored(t.Rows)), t.Rows.Length))];
            double sum = scores.Zip(weights, (score, weight) => double.IsNaN(score) ? 0 : score * weight).Sum();
            return Math.Abs(sum - value) < 1e-9 ? weights : null;
        }

        double[]?[] weighted = [Weights(_ => count), Weights(size => (double)scored.Count * size)];
        return count == 0 || weighted.All(w => w is null)
            ? null
            : new RowScores(
                HistoryEntry.Short(scored.SelectMany(t => t.Rows.Select(r => $"{t.Task} {r.Document} {r.Fingerprint}"))), scores, weighted);
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

/// <summary>A task's samples, of which only the scores are kept.</summary>
internal sealed record SampledTask(string Name, IReadOnlyList<SampledRow> Rows)
{
    private static readonly string[] Columns = ["doc_id", "document", "scores"];

    public static async Task<SampledTask> ReadAsync(RunFolder folder, string task, CancellationToken cancellationToken)
    {
        IReadOnlyList<SampleRow> rows = await folder.ReadSamplesAsync(task, Columns, cancellationToken).ConfigureAwait(false);
        return new SampledTask(task, [.. rows.Select(SampledRow.Of)]);
    }
}

/// <param name="Document">The document's number.</param>
/// <param name="Fingerprint">Of the document's text.</param>
/// <param name="Scores">Its numeric scores by "METRIC,FILTER".</param>
internal sealed record SampledRow(long Document, long Fingerprint, IReadOnlyDictionary<string, double> Scores)
{
    internal static SampledRow Of(SampleRow row) => new(
        row.DocumentId, BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes(row.Document))), row.NumericScores());
}
