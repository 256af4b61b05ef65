using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Comparing;

/// <summary>One metric over the samples of one task, or of a group's tasks, that both runs answered.</summary>
internal sealed class PairedScore
{
    private sealed record Answer(int Task, long Document, double Base, double Candidate);

    private readonly string _key;
    private readonly List<Answer> _answers = [];

    /// <summary>All of the base's own scores by task, for what the base's results say.</summary>
    private readonly List<List<double>> _baseAlone = [];
    private int _leftOut, _completions, _same;

    private PairedScore(string key) => _key = key;

    internal int Count => _answers.Count;

    internal static PairedScore Of(IReadOnlyList<IReadOnlyList<SamplePair>> tasks, string key)
    {
        var score = new PairedScore(key);
        for (int task = 0; task < tasks.Count; task++)
        {
            score._baseAlone.Add([.. tasks[task].Where(p => p.Base?.ContainsKey(key) == true).Select(p => p.Base![key])]);
            foreach (SamplePair pair in tasks[task])
                score.Add(pair, task);
        }

        return score;
    }

    private void Add(SamplePair pair, int task)
    {
        if (pair is not { Base: { } a, Candidate: { } b } || !a.TryGetValue(_key, out double x) || !b.TryGetValue(_key, out double y))
        {
            _leftOut++;
            return;
        }

        _answers.Add(new Answer(task, pair.Document, x, y));
        _completions += pair.Completions;
        _same += pair.SameCompletions;
    }

    /// <summary>Whether the base's own samples, all of them, give its own score this way.</summary>
    internal bool BaseAverages(double value, bool sameWeights)
    {
        double[] averages = sameWeights
            ? [.. _baseAlone.Where(t => t.Count > 0).Select(t => t.Average())]
            : [.. _baseAlone.SelectMany(t => t)];
        return averages.Length > 0 && Math.Abs(averages.Average() - value) < 1e-9;
    }

    internal ComparedScore ToComparedScore(ScoreRow row, bool isGroup, bool sameWeights)
    {
        bool binary = _answers.All(a => a is { Base: 0 or 1, Candidate: 0 or 1 });
        double sign = row.HigherIsBetter ? 1 : -1;
        int lost = _answers.Count(a => sign * (a.Candidate - a.Base) < 0), won = _answers.Count(a => sign * (a.Candidate - a.Base) > 0);
        IEnumerable<long> flipped = isGroup ? [] : _answers.Where(a => a.Base != a.Candidate).Select(a => a.Document);
        double Mean(Func<Answer, double> value) => sameWeights ? ByTask().Average(t => t.Average(value)) : _answers.Average(value);
        double? error = Error(a => a.Candidate - a.Base, clustered: isGroup, sameWeights);
        Interval? Around(Func<Answer, double> value) =>
            Interval.Of(Mean(value), [.. _answers.Select(value)], Error(value, clustered: false, sameWeights));

        return new ComparedScore
        {
            Task = row.Name,
            Depth = row.Depth,
            Metric = row.Metric,
            Filter = row.Filter,
            HigherIsBetter = row.HigherIsBetter,
            Count = Count,
            LeftOut = _leftOut,
            Base = Mean(a => a.Base),
            BaseInterval = Around(a => a.Base),
            Candidate = Mean(a => a.Candidate),
            CandidateInterval = Around(a => a.Candidate),
            Difference = Mean(a => a.Candidate - a.Base),
            StandardError = error,
            SmallestVisible = error > 0 ? Paired.SmallestVisible(error.Value) : null,
            Flips = binary ? new Flips(lost, won, Paired.McNemar(lost, won), [.. flipped]) : null,
            SameText = _completions == 0 ? null : (double)_same / _completions,
        };
    }

    private IEnumerable<IGrouping<int, Answer>> ByTask() => _answers.GroupBy(a => a.Task);

    /// <summary>Of the mean; where tasks weigh the same, of the mean of their means, which are independent.</summary>
    private double? Error(Func<Answer, double> value, bool clustered, bool sameWeights) => sameWeights
        ? Aggregation.MeanOfMeansStandardError([.. ByTask().Select(t => Paired.StandardError([.. t.Select(value)], clusters: null))])
        : Paired.StandardError([.. _answers.Select(value)], clustered ? [.. _answers.Select(a => a.Task)] : null);
}
