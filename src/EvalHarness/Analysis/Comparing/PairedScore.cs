using System.Collections;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Comparing;

/// <summary>One metric over the samples of one task, or of a group's tasks, that both runs answered.</summary>
internal sealed class PairedScore
{
    private readonly IReadOnlyList<PairedTask> _tasks;
    private readonly string _key;
    private readonly List<long> _flipped = [];

    /// <summary>All of the base's and of the candidate's own scores, for what their results say.</summary>
    private readonly OwnScores _baseAlone = new(), _candidateAlone = new();
    private int _leftOut, _errored, _erroredInBase;
    private long _completions, _same;

    private PairedScore(IReadOnlyList<PairedTask> tasks, string key) => (_tasks, _key) = (tasks, key);

    /// <summary>The documents that both runs scored.</summary>
    internal int Count { get; private set; }

    internal static PairedScore Of(IReadOnlyList<PairedTask> tasks, string key)
    {
        var score = new PairedScore(tasks, key);
        foreach (PairedTask samples in tasks)
        {
            score._baseAlone.BeginTask();
            score._candidateAlone.BeginTask();
            foreach (PairedSample sample in samples.Samples(key))
                score.Add(sample);
            (long completions, long same) = samples.Completions(key);
            (score._completions, score._same) = (score._completions + completions, score._same + same);
        }

        return score;
    }

    private void Add(PairedSample sample)
    {
        _baseAlone.Add(sample.Base);
        _candidateAlone.Add(sample.Candidate);
        if (sample.IsScored)
        {
            Count++;
            if (sample.Base != sample.Candidate)
                _flipped.Add(sample.Document);
            return;
        }

        _leftOut++;
        _errored += sample.InBoth ? 1 : 0;
        _erroredInBase += sample.InBoth && double.IsNaN(sample.Base) ? 1 : 0;
    }

    /// <summary>The scores of the documents that both runs scored, one task's after the other's.</summary>
    private IEnumerable<PairedRow> Scored() => Samples().Where(s => s.Sample.IsScored)
        .Select(s => new PairedRow(s.Task, s.Sample.Base, s.Sample.Candidate));

    /// <summary>Those, and then the documents that errored in a run, with the scores that they are given there.</summary>
    private IEnumerable<PairedRow> ScoredAnd(double before, double after) => Scored().Concat(
        Samples().Where(s => s.Sample is { InBoth: true, IsScored: false }).Select(s => new PairedRow(
            s.Task,
            double.IsNaN(s.Sample.Base) ? before : s.Sample.Base,
            double.IsNaN(s.Sample.Candidate) ? after : s.Sample.Candidate)));

    private IEnumerable<(int Task, PairedSample Sample)> Samples() => _tasks.SelectMany((t, i) => t.Samples(_key).Select(s => (i, s)));

    /// <summary>Rows that are made anew whenever they are looked at.</summary>
    private sealed record Rows(int Count, IEnumerable<PairedRow> All) : IReadOnlyCollection<PairedRow>
    {
        public IEnumerator<PairedRow> GetEnumerator() => All.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>
    /// Whether all samples of a run give its own score this way, in both runs: in one alone, tasks of unequal size can have the same mean.
    /// </summary>
    internal bool Averages(double ofBase, double? ofCandidate, bool sameWeights) =>
        _baseAlone.Averages(ofBase, sameWeights) && (ofCandidate is null || _candidateAlone.Averages(ofCandidate.Value, sameWeights));

    /// <summary>The sums of a run's scores, task by task.</summary>
    private sealed class OwnScores
    {
        private readonly List<(int Count, double Sum)> _tasks = [];
        private int _count;
        private double _sum;

        internal void BeginTask() => _tasks.Add((0, 0));

        /// <param name="score">NaN is left out.</param>
        internal void Add(double score)
        {
            if (double.IsNaN(score))
                return;
            (_count, _sum) = (_count + 1, _sum + score);
            _tasks[^1] = (_tasks[^1].Count + 1, _tasks[^1].Sum + score);
        }

        internal bool Averages(double value, bool sameWeights)
        {
            double[] means = [.. _tasks.Where(t => t.Count > 0).Select(t => t.Sum / t.Count)];
            return means.Length > 0 && Math.Abs((sameWeights ? means.Average() : _sum / _count) - value) < 1e-9;
        }
    }

    internal ComparedScore ToComparedScore(ScoreRow row, bool isGroup, bool sameWeights)
    {
        var rows = new PairedRows(new Rows(Count, Scored()), row.HigherIsBetter, sameWeights);
        LossTest? test = rows.Test(), worst = WithErrored(lost: true), best = WithErrored(lost: false);
        RowMean left = Mean(a => a.Base), right = Mean(a => a.Candidate);
        return new ComparedScore
        {
            Task = row.Name,
            IsGroup = isGroup,
            Depth = row.Depth,
            Metric = row.Metric,
            Filter = row.Filter,
            HigherIsBetter = row.HigherIsBetter,
            Count = Count,
            Tasks = rows.Tasks,
            LeftOut = _leftOut,
            Errored = _errored,
            ErroredInBase = _erroredInBase,
            Base = left.Value,
            BaseInterval = left.Interval,
            Candidate = right.Value,
            CandidateInterval = right.Interval,
            Difference = row.HigherIsBetter ? -rows.Estimate : rows.Estimate,
            StandardError = rows.StandardError,
            Interval = test is null ? null : Difference(test, test),
            P = test?.P,
            AdjustedP = test?.P,
            Detectable = test?.Detectable,
            WithErrored = worst is null || best is null ? null : Difference(best, worst),
            Flips = rows.IsBinary ? new Flips(rows.Lost, rows.Won, isGroup ? [] : _flipped) : null,
            SameText = _completions == 0 ? null : (double)_same / _completions,
            Recovery = PairedRatio.Of(new Rows(Count, Scored()), sameWeights),
            SquaredChanges = rows.SquaredChanges,
            SquaredRow = rows.SquaredRow,
            Test = test,
            WorstCase = worst,
        };

        // Of the candidate minus the base: a loss is a negative difference where higher is better.
        Interval Difference(LossTest least, LossTest most)
        {
            double low = least.Interval(Interval.Level95).Low, high = most.Interval(Interval.Level95).High;
            return row.HigherIsBetter ? new Interval(-high, -low) : new Interval(low, high);
        }

        LossTest? WithErrored(bool lost)
        {
            if (_errored == 0)
                return null;
            double good = row.HigherIsBetter ? 1 : 0, before = lost ? good : 1 - good, after = 1 - before;
            var all = new Rows(Count + _errored, ScoredAnd(before, after));
            return all.All(r => r.IsBounded) ? new PairedRows(all, row.HigherIsBetter, sameWeights).Test() : null;
        }

        RowMean Mean(Func<PairedRow, double> value) => RowMean.OfGroup(MeansOfTasks(value), !sameWeights);
    }

    private RowMean[] MeansOfTasks(Func<PairedRow, double> value)
    {
        var means = new TwoPassMean[_tasks.Count];
        foreach (PairedRow row in Scored())
            means[row.Task].Add(value(row));
        foreach (PairedRow row in Scored())
            means[row.Task].AddSquare(value(row));
        return [.. means.Where(m => m.Count > 0).Select(m => new RowMean(m.Mean, m.Count, m.StandardError))];
    }
}
