using System.Text.Json;
using EvalHarness.Pythonic;
using EvalHarness.Results;

namespace EvalHarness.Nightly.Culprits;

/// <summary>A document that both runs scored.</summary>
/// <param name="Task">The name of the task.</param>
/// <param name="Document">Its position among the documents of the task, from 0.</param>
/// <param name="Key">The score, as "METRIC,FILTER".</param>
/// <param name="Base">The score in the base.</param>
/// <param name="Candidate">The score in the candidate.</param>
internal sealed record CulpritRow(string Task, long Document, string Key, double Base, double Candidate)
{
    internal bool Flipped => Base != Candidate;

    /// <summary>Whether a flipped row moved back: its new score is nearer to the base's than to the candidate's.</summary>
    internal bool IsBack(double score) => Math.Abs(score - Base) < Math.Abs(score - Candidate);

    /// <summary>Whether a row has another score than the candidate gave it.</summary>
    internal bool Moved(double score) => score != Candidate;
}

/// <summary>The rows that a search runs again: some that flipped, and as many that did not.</summary>
internal sealed class CulpritRows
{
    private CulpritRows(IReadOnlyList<CulpritRow> chosen, int flipped, int compared) =>
        (Chosen, Flipped, Compared) = (chosen, flipped, compared);

    public IReadOnlyList<CulpritRow> Chosen { get; }

    /// <summary>The number of rows that flipped, whether or not they are run again.</summary>
    public int Flipped { get; }

    /// <summary>The number of rows that both runs scored.</summary>
    public int Compared { get; }

    /// <summary>The score by which each task of both runs is compared: its first one of a metric.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Incomparable"/>: the runs have no task in common, or no scores; <see cref="ExitCode.Usage"/>: no task has the
    /// metric.
    /// </exception>
    internal static IReadOnlyList<(string Task, string Key)> Scores(FinishedRun before, FinishedRun after, string? metric)
    {
        string[] tasks = [.. after.Tasks.Intersect(before.Tasks)];
        if (tasks.Length == 0)
        {
            throw new EvalException(
                ExitCode.Incomparable,
                $"{before.Name} and {after.Name} have no task in common; the first has {string.Join(", ", before.Tasks.Take(5))}, "
                + $"the second {string.Join(", ", after.Tasks.Take(5))}");
        }

        foreach (FinishedRun run in (FinishedRun[])[before, after])
        {
            if (run.Report.Harness.PredictOnly)
                throw new EvalException(ExitCode.Incomparable, $"{run.Name}: {HarnessReport.NotGraded}; run it again without that option");
        }

        ScoreRow[] rows = [.. after.Report.Rows.Where(r => tasks.Contains(r.Name))];
        (string Task, string Key)[] scores =
        [
            .. rows.Where(r => metric is null || r.Metric == metric).DistinctBy(r => r.Name).Select(r => (r.Name, r.Key)),
        ];
        return scores.Length > 0
            ? scores
            : throw new EvalException(
                ExitCode.Usage,
                $"--metric {metric}: no task of both runs has it; they have {string.Join(", ", rows.Select(r => r.Metric).Distinct())}");
    }

    /// <param name="before">The base.</param>
    /// <param name="after">The candidate.</param>
    /// <param name="scores">Which score of which tasks.</param>
    /// <param name="most">The most flipped rows to run again, and the most others.</param>
    /// <param name="seed">Draws them where there are more.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    internal static async Task<CulpritRows> ChooseAsync(
        FinishedRun before,
        FinishedRun after,
        IReadOnlyList<(string Task, string Key)> scores,
        int most,
        long seed,
        CancellationToken cancellationToken)
    {
        var flipped = new List<CulpritRow>();
        var others = new NumberColumn<OtherRow>();
        foreach ((string task, string key) in scores)
        {
            JoinedScores joined = await JoinedScores.ReadAsync([before, after], task, cancellationToken).ConfigureAwait(false);
            for (int i = 0; i < joined.Documents.Count; i++)
            {
                var row = new CulpritRow(task, joined.Documents[i], key, joined.Score(0, key, i), joined.Score(1, key, i));
                if (double.IsNaN(row.Base) || double.IsNaN(row.Candidate))
                    continue;
                if (row.Flipped)
                    flipped.Add(row);
                else
                    others.Add(new OtherRow(task, row.Document, key, row.Base));
            }
        }

        var random = new MersenneTwister(seed);
        CulpritRow[] drawn = [.. Draw(random, flipped, most)];
        IEnumerable<CulpritRow> same = Draw(random, others, drawn.Length)
            .Select(r => new CulpritRow(r.Task, r.Document, r.Key, r.Score, r.Score));
        return new CulpritRows([.. drawn, .. same], flipped.Count, flipped.Count + others.Count);
    }

    /// <summary>A row that did not flip. There may be a million of them, of which few are drawn.</summary>
    private readonly record struct OtherRow(string Task, long Document, string Key, double Score);

    private static IEnumerable<T> Draw<T>(MersenneTwister random, IReadOnlyList<T> rows, int most) => most >= rows.Count
        ? rows
        : [.. random.Sample(rows.Count, most).Order().Select(i => rows[i])];

    /// <summary>The scores of some of a task's documents; those that errored, or that have no number, are left out.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: there are no samples of the task, or the file is damaged.</exception>
    internal static async Task<Dictionary<long, double>> ReadAsync(
        RunFolder run, string task, string key, IReadOnlySet<long> documents, CancellationToken cancellationToken)
    {
        var scores = new Dictionary<long, double>();
        await foreach (SampleRow sample in run.StreamSamplesAsync(task, ["doc_id", "scores"], cancellationToken).ConfigureAwait(false))
        {
            if (documents.Contains(sample.DocumentId) && sample.NumericScores().TryGetValue(key, out double score))
                scores[sample.DocumentId] = score;
        }

        return scores;
    }

    /// <summary>
    /// The value of <c>--samples</c> for a run of these rows. A task without any of them has its first document, because a task that is not
    /// named would be run as a whole.
    /// </summary>
    /// <param name="tasks">All tasks that the run selects.</param>
    internal string Samples(IEnumerable<string> tasks) => JsonSerializer.Serialize(tasks.ToDictionary(
        task => task,
        task => Chosen.Where(r => r.Task == task).Select(r => r.Document).DefaultIfEmpty(0).Distinct().Order()));
}

/// <summary>What a search does where nobody says otherwise.</summary>
internal static class CulpritDefaults
{
    internal const int Rows = 100, Runs = 2;

    internal const long Seed = 1234;
}
