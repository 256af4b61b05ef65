using System.IO.Enumeration;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Nightly.Gating;

/// <summary>A run of a night against its baselines: what rules are applied to.</summary>
internal sealed class CellMeasurement
{
    /// <summary>Fewer nights say nothing about how far nights lie apart.</summary>
    private const int NightsForSpread = 3;

    /// <summary>Remark of a score that has no interval.</summary>
    internal const string TooFewRows = "a single row whose score is neither 0 nor 1 says nothing";

    /// <summary>End of the remark of a score with errored rows that cannot be judged by the worst case.</summary>
    internal const string NoWorstCase = "and the score is not known to lie between 0 and 1, so there is no worst case; " +
        "with errored: ignore the rule leaves these rows out";

    private readonly GateCell _cell;
    private readonly FinishedRun _candidate;
    private readonly DropMeasurement _drops;

    /// <summary>Every run of the cell that a rule asked for, by its folder.</summary>
    private readonly Dictionary<string, FinishedRun> _read = [];

    internal CellMeasurement(GateCell cell, IReadOnlyList<string> noiseFiles)
    {
        (_cell, _candidate) = (cell, Read(cell.Candidate));
        _drops = new DropMeasurement(cell, _candidate, Read, new CellNoise(noiseFiles, _candidate));
    }

    private FinishedRun Read(RunFolder folder)
    {
        if (!_read.TryGetValue(folder.FullPath, out FinishedRun? run))
            _read[folder.FullPath] = run = FinishedRun.Read(folder);
        return run;
    }

    internal bool Concerns(GateRule rule) =>
        rule.Concerns(_candidate.Manifest.Model.ModelName, _candidate.Manifest.Model.Device);

    internal async Task<List<GateCheck>> CheckAsync(GateRule rule, CancellationToken cancellationToken)
    {
        var checks = new List<GateCheck>();
        if (rule.Min is not null || rule.Drop is not null)
        {
            foreach (ScoreRow row in Rows(rule))
            {
                if (rule.Min is { } min)
                    checks.Add(Min(row, rule, min));
                if (rule.Drop is not { } drop)
                    continue;
                GateCheck check = Start(row, GateLimit.MaxDrop, drop);
                checks.Add(await _drops.CheckAsync(check, row, rule, cancellationToken).ConfigureAwait(false));
            }

            if (_candidate.Report.Harness.PredictOnly)
                checks.AddRange(Ungraded(rule));
            if (checks.Count == 0)
                return checks;
        }

        if (rule.MaxSlowdown is { } slowdown)
            checks.Add(Ratio(GateLimit.MaxSlowdown, slowdown, CostRatio.Slowdown));
        if (rule.MaxMemoryGrowth is { } growth)
            checks.Add(Ratio(GateLimit.MaxMemoryGrowth, growth, CostRatio.Growth));
        return checks;
    }

    /// <summary>A name fits at any depth; a glob fits groups and tasks that stand alone.</summary>
    private IEnumerable<ScoreRow> Rows(GateRule rule) => _candidate.Report.Rows
        .Where(r => r.Name == rule.Task || (r.Depth == 0 && FileSystemName.MatchesSimpleExpression(rule.Task, r.Name)))
        .Where(r => rule.Metric is null || r.Metric == rule.Metric)
        .GroupBy(r => r.Name)
        .SelectMany(g => rule.Metric is null ? g.Take(1) : g);

    /// <summary>A run without scores shows neither a regression nor that there is none.</summary>
    private IEnumerable<GateCheck> Ungraded(GateRule rule) =>
        from task in _candidate.Tasks.Where(name => FileSystemName.MatchesSimpleExpression(rule.Task, name))
        from limit in ((GateLimit Limit, double? Allowed)[])[(GateLimit.Min, rule.Min), (GateLimit.MaxDrop, rule.Drop)]
        where limit.Allowed is not null
        select new GateCheck
        {
            Cell = _cell.Name,
            Task = task,
            Metric = rule.Metric ?? "none",
            Limit = limit.Limit,
            Allowed = limit.Allowed!.Value,
            Verdict = GateVerdict.Inconclusive,
            Remark = HarnessReport.NotGraded,
        };

    private GateCheck Start(ScoreRow row, GateLimit limit, double allowed) => new()
    {
        Cell = _cell.Name,
        Task = row.Name,
        Metric = row.Key,
        Limit = limit,
        Allowed = allowed,
        Rows = row.Count,
        Available = _candidate.Report.Available(row.Name),
        Verdict = GateVerdict.Inconclusive,
    };

    private GateCheck Min(ScoreRow row, GateRule rule, double min)
    {
        GateCheck check = Start(row, GateLimit.Min, min);
        if (!row.HigherIsBetter)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"the gate's rule min for task {check.Task}: its metric {check.Metric} is better when lower; use max_drop");
        }

        if (_candidate.Report.Harness.Decisions?.Any(d => d.Name == row.Name || d.Tasks.Contains(row.Name)) == true)
        {
            return check with
            {
                Measured = row.Value,
                Remark = "decide stopped it early, and min is judged over whole tasks; leave decide out, and measure anew with "
                    + "'nightly --again'",
            };
        }

        if (row.Errored > 0 && rule.Errored == ErroredRows.Worst)
        {
            return ScoreBounds.Of(_candidate.Report, row) is { Lowest: var worst }
                ? check with
                {
                    Rows = worst.Count,
                    Errored = row.Errored,
                    Test = ScoreTest.Of(worst.Value, worst.Count, worst.StandardError, worst.IsMeanOfTasks),
                }
                : check with { Measured = row.Value, Remark = $"{row.Errored} rows errored, {NoWorstCase}" };
        }

        ScoreTest? test = row.Value is { } value
            ? ScoreTest.Of(value, row.Count, row.StandardError, row.IsMeanOfTasks)
            : null;
        return check with { Measured = row.Value, Test = test, Remark = test is null ? TooFewRows : null };
    }

    /// <summary>The times of parts are added up, and the memory is that of the largest, so runs cut otherwise cannot be compared.</summary>
    private bool HasAsManyParts(RunFolder run) =>
        Read(run).Report.Harness.Cost.Seconds.Parts == _candidate.Report.Harness.Cost.Seconds.Parts;

    private static string Pieces(RunCost cost) => cost.Seconds.Parts is { } parts ? $"{parts} parts" : "one piece";

    /// <summary>A ratio to the median baseline. Its interval is as wide as nights lie apart; of a few nights no spread is known.</summary>
    private GateCheck Ratio(GateLimit limit, double allowed, Func<RunCost, RunCost, double?> ratio)
    {
        RunCost cost = _candidate.Report.Harness.Cost;
        double[] Logs(IEnumerable<RunFolder> runs) =>
        [
            .. runs.Where(HasAsManyParts).Select(b => ratio(Read(b).Report.Harness.Cost, cost))
                .Where(r => r is > 0)
                .Select(r => Math.Log(r!.Value))
                .Order(),
        ];
        double[] logs = Logs(_cell.Baselines), nights = logs.Length >= NightsForSpread ? logs : Logs(_cell.Earlier);
        var check = new GateCheck
        {
            Cell = _cell.Name,
            Limit = limit,
            Allowed = allowed,
            Verdict = GateVerdict.NoBaseline,
            Baseline = _cell.Baselines is [var only] ? only.Name : _cell.Baselines.Count == 0 ? null : $"median of {logs.Length} runs",
            EngineChange = _cell.Baselines
                .Select(b => _candidate.Manifest.EngineChange(Read(b).Manifest))
                .FirstOrDefault(c => c is not null),
        };
        if (_cell.Baselines is [var baseline, ..] && !_cell.Baselines.Any(HasAsManyParts))
        {
            return check with
            {
                Verdict = GateVerdict.Inconclusive,
                Remark = $"the run was computed in {Pieces(cost)}, and its baseline in {Pieces(Read(baseline).Report.Harness.Cost)}: their "
                    + "times and memory are not compared",
            };
        }

        if (logs.Length == 0)
            return check with { Remark = _cell.Baselines.Count == 0 ? null : "nothing was computed in one of the runs" };
        double measured = (logs[(logs.Length - 1) / 2] + logs[logs.Length / 2]) / 2;
        string? doubt = limit == GateLimit.MaxSlowdown ? _cell.TimingDoubt : null;
        if (nights.Length >= NightsForSpread && Aggregation.MeanStandardError(nights) is { } error and > 0)
        {
            double spread = error * Math.Sqrt(nights.Length);
            return check with
            {
                Remark = doubt,
                Test = new MeanTest(measured, spread * Math.Sqrt(1 + (1.0 / logs.Length)), nights.Length - 1),
            };
        }

        bool over = measured > check.Threshold;
        return check with
        {
            Measured = Math.Exp(measured),
            Verdict = !over ? GateVerdict.Fine : doubt is null ? GateVerdict.Regression : GateVerdict.Inconclusive,
            Remark = over && doubt is not null ? doubt : "too few nights to know how far they lie apart",
        };
    }
}
