using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>A document in the order in which a question asks for it.</summary>
/// <param name="Task">Its task.</param>
/// <param name="Document">Its number.</param>
/// <param name="Weight">What its loss counts for, so that the mean over the order is an unbiased estimate of the loss.</param>
internal readonly record struct DecisionRow(TaskRun Task, long Document, double Weight);

/// <summary>
/// Whether a task or group lost more than --decide allows: which documents are asked next, and what is known from those that were. It may
/// be looked at as often as wanted, because its intervals hold at every look.
/// </summary>
internal sealed class DecisionQuestion
{
    private readonly DecisionBase _base;
    private readonly string _name;
    private readonly bool _higherIsBetter;
    private readonly DecisionDocuments _documents;

    /// <summary>Places among the documents.</summary>
    private readonly IReadOnlyList<SequentialRow> _order;
    private readonly bool _sameWeights;
    private readonly SequentialTest _test;
    private readonly double _allowed;
    private readonly double _coverage;

    /// <summary>By place, of the documents that were graded.</summary>
    private readonly double[] _losses;
    private int _asked;
    private int _judged;
    private double _sum;

    private DecisionQuestion(
        DecisionBase against, string name, IReadOnlyList<TaskRun> tasks, string metric, bool sameWeights, RunOptions options, double level)
    {
        (_base, _name, Tasks, Metric) = (against, name, tasks, metric);
        _higherIsBetter = tasks[0].Definition.Metrics[0].HigherIsBetter;
        (_allowed, _coverage) = (options.DecidePoints!.Value, 100 * (1 - options.FalseAlarmShare));
        _documents = new DecisionDocuments(tasks);
        bool[] likely =
            [.. tasks.SelectMany(task => task.DocumentIds.Select(id => against.IsLikelyFlip(task.Definition.Name, id)))];
        LikelyFlips = likely.Count(l => l);
        _order = SequentialOrder.Of(likely, options.DecideSeed).Rows;
        _sameWeights = sameWeights;
        _losses = new double[_order.Count];
        _test = new SequentialTest(_allowed / 100, level, level, Math.Max(1, Rows(0, _order.Count).Max(r => r.Weight)));
    }

    internal IReadOnlyList<TaskRun> Tasks { get; }

    /// <summary>"METRIC,FILTER".</summary>
    internal string Metric { get; }

    /// <summary>Documents that earlier runs flipped; where there are any, documents are asked with unequal probabilities.</summary>
    internal int LikelyFlips { get; }

    /// <summary>One question for each outermost group and each task that stands alone.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: the first metric of a task is no mean of scores between 0 and 1, or the run of --against does not fit;
    /// <see cref="ExitCode.Output"/>: a run is unfinished or damaged.
    /// </exception>
    internal static async Task<IReadOnlyList<DecisionQuestion>> OpenAsync(
        RunOptions options, IReadOnlyList<TaskRun> tasks, IReadOnlyList<SelectedGroup> groups, CancellationToken cancellationToken)
    {
        DecisionBase against = await DecisionBase.ReadAsync(options, tasks, cancellationToken).ConfigureAwait(false);
        List<(string Name, TaskRun[] Tasks, bool SameWeights)> asked = [];
        foreach (SelectedGroup group in groups.Where(g => g is { Depth: 0, Group.Metrics.Count: > 0 }))
        {
            TaskRun[] own = [.. tasks.Where(t => group.Leaves.Contains(t.Definition.Name) && asked.All(a => !a.Tasks.Contains(t)))];
            if (own.Length > 0)
                asked.Add((group.Group.Name, own, !group.Group.Metrics[0].WeightBySize));
        }

        foreach (TaskRun task in tasks.Where(t => asked.All(a => !a.Tasks.Contains(t))))
            asked.Add((task.Definition.Name, [task], false));
        // Both sides of all questions together.
        double level = options.FalseAlarmShare / (2 * asked.Count);
        return
        [
            .. asked.Select(a =>
                new DecisionQuestion(against, a.Name, a.Tasks, MetricOf(a.Tasks, against), a.SameWeights, options, level)),
        ];
    }

    private static string MetricOf(TaskRun[] tasks, DecisionBase against)
    {
        string metric = $"{tasks[0].Definition.Metrics[0].Name},{tasks[0].Filters[0].Name}";
        foreach (TaskRun task in tasks)
        {
            MetricDefinition first = task.Definition.Metrics[0];
            string name = task.Definition.Name;
            bool fits = first is { Aggregation: "mean", Function: null } && $"{first.Name},{task.Filters[0].Name}" == metric
                && task.DocumentIds.All(id => against.Score(name, id, metric) is null or (>= 0 and <= 1));
            if (!fits)
            {
                throw new EvalException(
                    ExitCode.Usage,
                    $"--decide: task {name}: its first metric, {first.Name}, is no mean of scores between 0 and 1 that all tasks of its "
                    + "group have; leave --decide out for it");
            }
        }

        return metric;
    }

    /// <exception cref="EvalException"><see cref="ExitCode.Incomparable"/>: a document is asked otherwise there.</exception>
    internal void RequireSamePrompts(TaskRun task, IEnumerable<SampleRow> asked)
    {
        foreach (SampleRow row in asked)
            _base.RequireSamePrompt(task.Definition.Name, row);
    }

    /// <summary>The documents to ask next; none once the question is answered, or all documents were asked.</summary>
    internal IReadOnlyList<DecisionRow> Next()
    {
        if (_test.Verdict != SequentialVerdict.Undecided || _asked == _order.Count)
            return [];
        int next = SequentialLooks.Next(_asked, _order.Count);
        DecisionRow[] rows = [.. Rows(_asked, next)];
        _asked = next;
        return rows;
    }

    /// <summary>
    /// Takes the graded rows of a task. One that errored in either run has lost all that a row can, as the gate judges it.
    /// </summary>
    internal void Add(TaskRun task, IEnumerable<SampleRow> rows)
    {
        string name = task.Definition.Name;
        foreach (SampleRow row in rows)
        {
            double? was = _base.Score(name, row.DocumentId, Metric);
            double? now = row.NumericScores().TryGetValue(Metric, out double score) ? score : null;
            if (now is < 0 or > 1)
            {
                throw new EvalException(
                    ExitCode.Incomparable,
                    $"--decide: task {name}, document {row.DocumentId}: the score {now} is not between 0 and 1; leave --decide out for it");
            }

            _losses[_documents.PlaceOf(task, row.DocumentId)] = (_higherIsBetter ? was - now : now - was) ?? 1;
        }
    }

    /// <summary>Looks at all documents that were added, in their order.</summary>
    internal void Judge()
    {
        while (_judged < _asked && _test.Verdict == SequentialVerdict.Undecided)
        {
            double weight = Row(_judged).Weight;
            // Such rows are the last, and say nothing of all rows any more.
            if (weight == 0)
                return;
            double loss = weight * _losses[_order[_judged].Index];
            _judged++;
            _sum += loss;
            _test.Add(loss);
        }
    }

    /// <summary>Rows of the order, from one to before another.</summary>
    private IEnumerable<DecisionRow> Rows(int from, int to) => Enumerable.Range(from, to - from).Select(Row);

    private DecisionRow Row(int at)
    {
        SequentialRow row = _order[at];
        (TaskRun task, long document) = _documents[row.Index];
        double ofTask = _sameWeights ? (double)_documents.Count / Tasks.Count / task.Documents.Count : 1;
        return new DecisionRow(task, document, row.Weight * ofTask);
    }

    /// <summary>What each document that was asked stands for; null where all stand for the same, or all were asked.</summary>
    internal IReadOnlyDictionary<long, double>? Weights(TaskRun task) => LikelyFlips == 0 || _asked == _order.Count
        ? null
        : Rows(0, _asked).Where(r => ReferenceEquals(r.Task, task)).ToDictionary(r => r.Document, r => r.Weight);

    /// <summary>What is known by now.</summary>
    internal RunDecision Outcome
    {
        get
        {
            Interval interval = _test.Interval();
            return new RunDecision
            {
                Name = _name,
                Tasks = [.. Tasks.Select(t => t.Definition.Name)],
                Metric = Metric,
                Against = _base.Name,
                Allowed = _allowed,
                Verdict = _test.Verdict switch
                {
                    SequentialVerdict.Above => DecisionVerdict.Regression,
                    SequentialVerdict.Below => DecisionVerdict.Fine,
                    _ => DecisionVerdict.Undecided,
                },
                Loss = _judged == 0 ? 0 : 100 * _sum / _judged,
                Low = 100 * interval.Low,
                High = 100 * interval.High,
                Coverage = _coverage,
                Rows = _asked,
                Available = _order.Count,
                LikelyFlips = LikelyFlips,
            };
        }
    }
}
