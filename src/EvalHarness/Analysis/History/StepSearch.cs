using System.Globalization;
using EvalHarness.Scoring.Statistics;
using static System.FormattableString;

namespace EvalHarness.Analysis.History;

/// <summary>Finds the steps of a series: of its score, and of the speed and the memory of its runs.</summary>
internal sealed class StepSearch
{
    /// <summary>How many runs a change may lie from a step that it explains: a night between them may have been left out.</summary>
    private const int Near = 2;

    /// <summary>
    /// The noise of speed and memory is taken to be at least half a percent. Without it, every difference between equal measurements would
    /// be a step.
    /// </summary>
    private const double SmallestNoise = 0.005;

    private readonly IReadOnlyList<(HistoryEntry Run, HistoryScore Score)> _points;
    private readonly IReadOnlyList<HistoryMark> _marks;

    private StepSearch(IReadOnlyList<(HistoryEntry Run, HistoryScore Score)> points, IReadOnlyList<HistoryMark> marks) =>
        (_points, _marks) = (points, marks);

    /// <param name="points">The runs of the series in the order of time.</param>
    /// <param name="marks">What changed between them.</param>
    public static IReadOnlyList<HistoryStep> Find(
        IReadOnlyList<(HistoryEntry Run, HistoryScore Score)> points, IReadOnlyList<HistoryMark> marks)
    {
        var search = new StepSearch(points, marks);
        return
        [
            .. search.OfScores().OrderBy(s => s.At),
            .. search.OfMeasurements("decode", "tokens/s", r => r.Decode),
            .. search.OfMeasurements("prefill", "tokens/s", r => r.Prefill),
            .. search.OfMeasurements("memory", "MiB", r => r.PeakMemory > 0 ? r.PeakMemory / 1048576.0 : null),
        ];
    }

    /// <summary>
    /// Nights are compared with nights that asked the same rows. A change of the rows is a mark, and no step of the model.
    /// </summary>
    private IEnumerable<HistoryStep> OfScores()
    {
        foreach (IGrouping<string, int> same in Enumerable.Range(0, _points.Count).GroupBy(i => RowsAsked(_points[i].Score)))
        {
            int[] nights = [.. same];
            double[] values = [.. nights.Select(i => _points[i].Score.Value)];
            if (Noise([.. nights.Select(i => _points[i].Score)]) is not { } noise)
                continue;
            bool share = values.All(v => v is >= 0 and <= 1);
            string Change(double difference) => share
                ? Invariant($"{100 * difference:+0.00;-0.00;0.00}")
                : Invariant($"{difference:+0.0000;-0.0000;0.0000}");
            foreach ((int from, int at, int to) in Levels(ChangePoints.Find(values, noise), values.Length))
            {
                double before = values[from..at].Average(), after = values[at..to].Average(), difference = after - before;
                Interval interval = Interval.Around(difference, Interval.Normal95 * noise.StandardError(at - from, to - at));
                interval = share ? interval.Clamp(-1, 1) : interval;
                string rows = _points[nights[at]].Score.Pair is { } pair
                    ? Invariant($"; that night {pair.Rose} rows rose and {pair.Fell} fell")
                    : "";
                yield return Step(
                    nights[at],
                    "score",
                    Invariant($"{before:0.0000} → {after:0.0000} ({Change(difference)}{(share ? " points" : "")}, ")
                    + $"95% interval {Change(interval.Low)} to {Change(interval.High)}{rows})");
            }
        }
    }

    private static string RowsAsked(HistoryScore score) =>
        score.Rows is { } rows ? $"{score.TaskHash} {rows}" : $"{score.TaskHash} {score.DataHash}, {score.Count} rows";

    /// <summary>
    /// From the rows where their samples were read. Otherwise (imported runs, metrics of a whole corpus) from the standard errors, which
    /// are too large for that; null where there are none.
    /// </summary>
    private static NightNoise? Noise(HistoryScore[] nights)
    {
        RowChanges[] pairs =
            [.. nights.Skip(1).Select(s => s.Pair).OfType<NightPair>().Select(p => new RowChanges(p.Squares, p.Largest))];
        if (pairs.Length > 0)
            return NightNoise.Of(pairs, nights[0].Count);
        return nights.All(s => s.StandardError is not null)
            ? NightNoise.OfStandardErrors(nights.Select(s => s.StandardError!.Value))
            : null;
    }

    /// <summary>Measurements are compared as logarithms, so that a fast and a slow model are judged alike.</summary>
    private IEnumerable<HistoryStep> OfMeasurements(string measure, string unit, Func<HistoryEntry, double?> value)
    {
        int[] nights = [.. Enumerable.Range(0, _points.Count).Where(i => value(_points[i].Run) is > 0)];
        double[] values = [.. nights.Select(i => value(_points[i].Run)!.Value)];
        IReadOnlyList<int> starts = ChangePoints.FindMeasured([.. values.Select(v => Math.Log(v))], SmallestNoise);
        foreach ((int from, int at, int to) in Levels(starts, values.Length))
        {
            double before = values[from..at].Average(), after = values[at..to].Average();
            yield return Step(nights[at], measure, Invariant($"{before:0} → {after:0} {unit} ({after / before:0.00} x)"));
        }
    }

    private static IEnumerable<(int From, int At, int To)> Levels(IReadOnlyList<int> starts, int count) => Enumerable.Range(0, starts.Count)
        .Select(i => (i == 0 ? 0 : starts[i - 1], starts[i], i + 1 < starts.Count ? starts[i + 1] : count));

    private HistoryStep Step(int at, string measure, string change)
    {
        string since = _points[at].Run.Started.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return new HistoryStep(at, measure, $"since {since}: {measure} {change}, {With(at)}");
    }

    private string With(int at)
    {
        IEnumerable<HistoryMark>? nearest = _marks.Where(m => Math.Abs(m.At - at) <= Near)
            .GroupBy(m => Math.Abs(m.At - at))
            .OrderBy(g => g.Key)
            .FirstOrDefault();
        HistoryMark[] near = [.. nearest ?? []];
        return near.Length == 0 ? "and nothing that is recorded changed" : $"with {string.Join(", ", near.Select(m => m.What))}";
    }
}
