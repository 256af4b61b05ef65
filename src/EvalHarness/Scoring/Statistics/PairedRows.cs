namespace EvalHarness.Scoring.Statistics;

/// <summary>A row that two runs answered.</summary>
/// <param name="Task">The number of its task from 0.</param>
/// <param name="Base">The base's score.</param>
/// <param name="Candidate">The candidate's score.</param>
internal readonly record struct PairedRow(int Task, double Base, double Candidate)
{
    /// <summary>Whether both scores lie between 0 and 1.</summary>
    internal bool IsBounded => Base is >= 0 and <= 1 && Candidate is >= 0 and <= 1;

    /// <summary>Whether both scores are right or wrong.</summary>
    internal bool IsBinary => Base is 0 or 1 && Candidate is 0 or 1;
}

/// <summary>
/// Compares two runs on the same rows. Because the scores are subtracted row by row, the difficulty of the rows cancels out, and smaller
/// differences become visible than by comparing two averages. The rows of a task are drawn; the tasks of a group are drawn too, because a
/// change does not act on all tasks alike and the question is whether the model became worse, not whether these tasks did.
/// </summary>
internal sealed class PairedRows
{
    private readonly IReadOnlyCollection<PairedRow> _rows;
    private readonly double _sign;
    private readonly double[] _means;
    private readonly double[] _weights;
    private readonly int[] _sizes;

    /// <param name="rows">The rows, one or more. They are looked at several times and not kept.</param>
    /// <param name="higherIsBetter">Whether a higher score is better, so that a lower one is a loss.</param>
    /// <param name="sameWeights">Whether each task has the same weight; otherwise each row has.</param>
    internal PairedRows(IReadOnlyCollection<PairedRow> rows, bool higherIsBetter, bool sameWeights)
    {
        (_rows, _sign) = (rows, higherIsBetter ? 1 : -1);
        var tasks = new TwoPassMean[rows.Select(r => r.Task).Distinct().Count()];
        foreach ((PairedRow row, int task) in rows.Zip(TaskOfEachRow()))
            tasks[task].Add(Loss(row));
        foreach ((PairedRow row, int task) in rows.Zip(TaskOfEachRow()))
            tasks[task].AddSquare(Loss(row));
        _sizes = [.. tasks.Select(t => t.Count)];
        _means = [.. tasks.Select(t => t.Mean)];
        _weights = [.. _sizes.Select(n => sameWeights ? 1.0 / tasks.Length : (double)n / rows.Count)];
        Estimate = _weights.Zip(_means, (w, m) => w * m).Sum();
        double?[] errors = [.. tasks.Select(t => t.StandardError)];
        StandardError = tasks.Length == 1 ? errors[0] : Math.Sqrt(Math.Max(BetweenTasks(), WithinTasks(errors)));
        Lost = rows.Count(r => Loss(r) > 0);
        Won = rows.Count(r => Loss(r) < 0);
        IsBinary = rows.All(r => r.IsBinary);
    }

    internal int Tasks => _means.Length;

    internal int Lost { get; }

    internal int Won { get; }

    /// <summary>Whether every row is right or wrong in both runs.</summary>
    internal bool IsBinary { get; }

    /// <summary>The mean loss.</summary>
    internal double Estimate { get; }

    /// <summary>
    /// The standard error of the mean loss. For a group it is the error between its tasks, and no less than that of the rows within them.
    /// It is null for a single row.
    /// </summary>
    internal double? StandardError { get; }

    private double Loss(PairedRow row) => _sign * (row.Base - row.Candidate);

    /// <summary>The variance by leaving out one task after the other, which for equal weights is the usual one between tasks.</summary>
    /// <remarks>
    /// Source: MacKinnon, Nielsen and Webb 2023, J. Appl. Econometrics 38, 671-694, CV3. With tasks of equal weight it equals the
    /// cluster-robust variance with the factor C / (C - 1), as statsmodels has it; with unequal ones that variance is too small.
    /// </remarks>
    private double BetweenTasks() => (Tasks - 1.0) / Tasks * _weights.Zip(_means, (w, m) => w * (m - Estimate) / (1 - w)).Sum(e => e * e);

    /// <remarks>
    /// Source: the lower limit of Röver, Knapp and Friede 2015, BMC Med. Res. Methodol. 15, 99: tasks that agree by chance do not make
    /// the rows certain.
    /// </remarks>
    private double WithinTasks(double?[] errors) => _weights.Zip(errors, (w, e) => w * (e ?? 0)).Sum(e => e * e);

    /// <summary>The number of tasks that count, which is the number of tasks if all have the same weight.</summary>
    /// <remarks>Source: Kish 1965, Survey Sampling, section 11.7.</remarks>
    private double EffectiveTasks => 1 / _weights.Sum(w => w * w);

    /// <summary>The sum of the squared changes of the score that the rows make.</summary>
    internal double SquaredChanges => _rows.Zip(RowWeights(), (r, w) => w * Loss(r)).Sum(c => c * c);

    /// <summary>
    /// The squared change of the score that a row makes that goes from 0 to 1, of the task whose rows weigh most. It is 0 if scores do not
    /// lie between 0 and 1.
    /// </summary>
    internal double SquaredRow => _rows.All(r => r.IsBounded) ? RowWeights().Max(w => w * w) : 0;

    private IEnumerable<double> RowWeights() => TaskOfEachRow().Select(t => _weights[t] / _sizes[t]);

    /// <summary>The place of each row's task among the tasks, in the order in which they come first.</summary>
    private IEnumerable<int> TaskOfEachRow()
    {
        int[] tasks = [.. _rows.Select(r => r.Task).Distinct()];
        return _rows.Select(r => Array.IndexOf(tasks, r.Task));
    }

    /// <summary>
    /// The variance that z² more changed rows would add, times the square of the share of rows that did not change. A few changes say
    /// little about how many there are: where none was seen, the interval ends at z² / n, as Wilson's does for no right row of n. Rows
    /// that all change say nothing about such rows.
    /// </summary>
    private double UnseenChanges()
    {
        double unchanged = (double)(_rows.Count - Lost - Won) / _rows.Count;
        return Interval.Normal95 * Interval.Normal95 * unchanged * unchanged * SquaredRow;
    }

    /// <summary>The size of a typical change: 1 for right and wrong rows, and where nothing changed.</summary>
    private double TypicalChange => Lost + Won == 0 ? 1 : _rows.Sum(r => Loss(r) * Loss(r)) / _rows.Sum(r => Math.Abs(Loss(r)));

    /// <summary>
    /// Returns the test of the loss: Tango's for the right and wrong rows of one task, and otherwise Student's, for a group with one degree
    /// of freedom fewer than its tasks. It is null if a single row, whose score is neither right nor wrong, says nothing.
    /// </summary>
    internal LossTest? Test()
    {
        if (Tasks == 1 && IsBinary)
            return new ProportionsTest(new PairedProportions(Lost, Won, _rows.Count));
        if (StandardError is not { } within)
            return null;
        // One task that outweighs all others leaves fewer than one; the jackknife is then wide enough already.
        double freedom = Tasks == 1 ? _rows.Count - 1 : Math.Max(1, EffectiveTasks - 1);
        double error = Math.Sqrt((within * within) + UnseenChanges());
        return new MeanTest(Estimate, error, freedom)
        {
            Row = TypicalChange * Math.Sqrt(SquaredRow),
            IsBounded = _rows.All(r => r.IsBounded),
        };
    }
}
