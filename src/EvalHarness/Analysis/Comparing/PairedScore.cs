using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Comparing;

/// <summary>One metric over the samples of one task, or of a group's tasks, that both runs answered.</summary>
internal sealed class PairedScore
{
    private sealed record Answer(int Task, long Document, double? Base, double? Candidate);

    private readonly string _key;
    private readonly List<Answer> _answers = [];
    private readonly List<Answer> _errored = [];

    /// <summary>All of the base's and of the candidate's own scores by task, for what their results say.</summary>
    private readonly List<List<double>> _baseAlone = [], _candidateAlone = [];
    private int _leftOut, _completions, _same;

    private PairedScore(string key) => _key = key;

    internal int Count => _answers.Count;

    internal static PairedScore Of(IReadOnlyList<IReadOnlyList<SamplePair>> tasks, string key)
    {
        var score = new PairedScore(key);
        for (int task = 0; task < tasks.Count; task++)
        {
            score._baseAlone.Add([.. tasks[task].Where(p => p.Base?.ContainsKey(key) == true).Select(p => p.Base![key])]);
            score._candidateAlone.Add(
                [.. tasks[task].Where(p => p.Candidate?.ContainsKey(key) == true).Select(p => p.Candidate![key])]);
            foreach (SamplePair pair in tasks[task])
                score.Add(pair, task);
        }

        return score;
    }

    private void Add(SamplePair pair, int task)
    {
        double? ScoreOf(IReadOnlyDictionary<string, double>? scores) => scores?.TryGetValue(_key, out double score) == true ? score : null;
        var answer = new Answer(task, pair.Document, ScoreOf(pair.Base), ScoreOf(pair.Candidate));
        if (answer is { Base: not null, Candidate: not null })
        {
            _answers.Add(answer);
            _completions += pair.Completions;
            _same += pair.SameCompletions;
            return;
        }

        _leftOut++;
        if (pair is { Base: not null, Candidate: not null })
            _errored.Add(answer);
    }

    /// <summary>
    /// Whether all samples of a run give its own score this way, in both runs: in one alone, tasks of unequal size can have the same mean.
    /// </summary>
    internal bool Averages(double ofBase, double? ofCandidate, bool sameWeights) =>
        Averages(_baseAlone, ofBase, sameWeights) && (ofCandidate is null || Averages(_candidateAlone, ofCandidate.Value, sameWeights));

    private static bool Averages(List<List<double>> alone, double value, bool sameWeights)
    {
        double[] averages = sameWeights
            ? [.. alone.Where(t => t.Count > 0).Select(t => t.Average())]
            : [.. alone.SelectMany(t => t)];
        return averages.Length > 0 && Math.Abs(averages.Average() - value) < 1e-9;
    }

    internal ComparedScore ToComparedScore(ScoreRow row, bool isGroup, bool sameWeights)
    {
        var rows = new PairedRows(Rows(_answers), row.HigherIsBetter, sameWeights);
        LossTest? test = rows.Test(), worst = WithErrored(lost: true), best = WithErrored(lost: false);
        RowMean left = Mean(a => a.Base!.Value), right = Mean(a => a.Candidate!.Value);
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
            Errored = _errored.Count,
            ErroredInBase = _errored.Count(e => e.Base is null),
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
            Flips = rows.IsBinary ? new Flips(rows.Lost, rows.Won, isGroup ? [] : [.. Flipped()]) : null,
            SameText = _completions == 0 ? null : (double)_same / _completions,
            SquaredChanges = rows.SquaredChanges,
            SquaredRow = rows.SquaredRow,
            Test = test,
            WorstCase = worst,
        };

        IEnumerable<long> Flipped() => _answers.Where(a => a.Base != a.Candidate).Select(a => a.Document);

        // Of the candidate minus the base: a loss is a negative difference where higher is better.
        Interval Difference(LossTest least, LossTest most)
        {
            double low = least.Interval(Interval.Level95).Low, high = most.Interval(Interval.Level95).High;
            return row.HigherIsBetter ? new Interval(-high, -low) : new Interval(low, high);
        }

        LossTest? WithErrored(bool lost)
        {
            double good = row.HigherIsBetter ? 1 : 0, before = lost ? good : 1 - good, after = 1 - before;
            PairedRow[] all =
                [.. Rows(_answers), .. _errored.Select(e => new PairedRow(e.Task, e.Base ?? before, e.Candidate ?? after))];
            return _errored.Count == 0 || !all.All(r => r.IsBounded) ? null : new PairedRows(all, row.HigherIsBetter, sameWeights).Test();
        }

        RowMean Mean(Func<Answer, double> value) =>
            RowMean.OfGroup([.. _answers.GroupBy(a => a.Task).Select(t => OfTask(t, value))], !sameWeights);
    }

    private static RowMean OfTask(IEnumerable<Answer> answers, Func<Answer, double> value)
    {
        double[] values = [.. answers.Select(value)];
        return new RowMean(Aggregation.Mean(values), values.Length, Aggregation.MeanStandardError(values));
    }

    private static PairedRow[] Rows(IEnumerable<Answer> answers) =>
        [.. answers.Select(a => new PairedRow(a.Task, a.Base!.Value, a.Candidate!.Value))];
}
