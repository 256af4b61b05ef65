using System.IO.Enumeration;
using EvalHarness.Analysis.Comparing;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Nightly.Gating;

/// <summary>A run of a night against its baselines: what rules are applied to.</summary>
internal sealed class CellMeasurement
{
    /// <summary>Fewer nights say nothing about how far nights lie apart.</summary>
    private const int NightsForSpread = 3;

    private const string TooFewRows = "a single row whose score is neither 0 nor 1 says nothing";

    private const string NoWorstCase = "and the score is not known to lie between 0 and 1, so there is no worst case; " +
        "with errored: ignore the rule leaves these rows out";

    private readonly GateCell _cell;
    private readonly FinishedRun _candidate;
    private readonly IReadOnlyList<NoiseFloor> _floors;
    private readonly Dictionary<string, Comparison> _comparisons = [];

    /// <summary>Every run of the cell that a rule asked for, by its folder.</summary>
    private readonly Dictionary<string, FinishedRun> _read = [];

    internal CellMeasurement(GateCell cell, IReadOnlyList<NoiseFloor> floors)
    {
        (_cell, _candidate) = (cell, Read(cell.Candidate));
        _floors = [.. floors.Where(f => f.Concerns(_candidate.Manifest.Model.ModelName, _candidate.Manifest.Model.Device))];
    }

    private FinishedRun Read(RunFolder folder)
    {
        if (!_read.TryGetValue(folder.FullPath, out FinishedRun? run))
            _read[folder.FullPath] = run = FinishedRun.Read(folder);
        return run;
    }

    internal bool Concerns(GateRule rule) =>
        FileSystemName.MatchesSimpleExpression(rule.Model, _candidate.Manifest.Model.ModelName)
        && FileSystemName.MatchesSimpleExpression(rule.Device, _candidate.Manifest.Model.Device);

    internal async Task<List<GateCheck>> CheckAsync(GateRule rule, CancellationToken cancellationToken)
    {
        var checks = new List<GateCheck>();
        if (rule.Min is not null || rule.MaxDrop is not null)
        {
            foreach (ScoreRow row in Rows(rule))
            {
                if (rule.Min is { } min)
                    checks.Add(Min(row, rule, min));
                if (rule.MaxDrop is { } drop)
                    checks.Add(await DropAsync(row, rule, drop, cancellationToken).ConfigureAwait(false));
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
        from limit in ((GateLimit Limit, double? Allowed)[])[(GateLimit.Min, rule.Min), (GateLimit.MaxDrop, rule.MaxDrop)]
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

        if (row.Errored > 0 && rule.Errored == ErroredRows.Worst)
        {
            return ScoreBounds.Of(_candidate.Report, row) is { Lowest: var worst }
                ? check with
                {
                    Rows = worst.Count,
                    Errored = row.Errored,
                    Test = ScoreTest.Of(worst.Value, worst.Count, worst.StandardError),
                }
                : check with { Measured = row.Value, Remark = $"{row.Errored} rows errored, {NoWorstCase}" };
        }

        ScoreTest? test = row.Value is { } value ? ScoreTest.Of(value, row.Count, row.StandardError) : null;
        return check with { Measured = row.Value, Test = test, Remark = test is null ? TooFewRows : null };
    }

    private async Task<GateCheck> DropAsync(ScoreRow row, GateRule rule, double allowed, CancellationToken cancellationToken)
    {
        GateCheck check = Start(row, GateLimit.MaxDrop, allowed);
        double? floor = _floors.Select(f => f.Points(_candidate.Report, row)).Where(p => p > allowed).DefaultIfEmpty(null).Max();
        check = check with { NoiseFloor = floor };
        if (Median(check) is not { } baseline)
            return check with { Verdict = GateVerdict.NoBaseline };
        check = check with { Baseline = baseline.Name, EngineChange = _candidate.Manifest.EngineChange(baseline.Manifest) };
        try
        {
            ComparedScore? score = await CompareAsync(baseline, check, cancellationToken).ConfigureAwait(false);
            return score is not null
                ? await AddNightsAsync(Drop(check, score, rule.Errored), score, baseline, cancellationToken).ConfigureAwait(false)
                : row.Value is null && rule.Errored == ErroredRows.Worst ? AllErrored(check, row, baseline)
                : check with { Remark = "is no mean over the rows of both runs, which alone can be judged; use min" };
        }
        catch (EvalException e) when (e.ExitCode == ExitCode.Incomparable)
        {
            return check with { Remark = e.Message };
        }
    }

    private async Task<ComparedScore?> CompareAsync(FinishedRun baseline, GateCheck check, CancellationToken cancellationToken)
    {
        if (!_comparisons.TryGetValue(baseline.Folder.FullPath, out Comparison? comparison))
        {
            comparison = (await Comparison.OfAllAsync([baseline, _candidate], cancellationToken).ConfigureAwait(false))[0];
            _comparisons[baseline.Folder.FullPath] = comparison;
        }

        return comparison.Scores.FirstOrDefault(s => s.Task == check.Task && $"{s.Metric},{s.Filter}" == check.Metric);
    }

    /// <summary>Adds the nights before this one that were compared with the same baseline.</summary>
    private async Task<GateCheck> AddNightsAsync(
        GateCheck check, ComparedScore score, FinishedRun baseline, CancellationToken cancellationToken)
    {
        if (_cell.EarlierChecks is not { } checks || check.Test is not { } test || score.SquaredRow == 0)
            return check;
        NightEvidence[] earlier =
        [
            .. checks
                .Where(c => (c.Task, c.Metric, c.Limit) == (check.Task, check.Metric, GateLimit.MaxDrop))
                .Where(c => c.Evidence is not null && c.Baseline is { } name && IsSameRun(name, baseline.Name))
                .Select(c => c.Evidence!),
        ];
        ComparedScore? changes = earlier.Length == 0
            ? score
            : await CompareAsync(Read(_cell.Earlier[0]), check, cancellationToken).ConfigureAwait(false);
        if (changes is null)
            return check;
        var evidence = new NightEvidence(test.Estimate, changes.SquaredChanges, changes.SquaredRow);
        return check with { Evidence = evidence, Nights = new NightsTest([.. earlier, evidence]) };
    }

    /// <summary>The same run of the same night, whatever folder the program was started in.</summary>
    private static bool IsSameRun(string one, string other)
    {
        static string End(string run) => string.Join('/', Path.GetFullPath(run).Replace('\\', '/').Split('/').TakeLast(2));
        return End(one) == End(other);
    }

    private static GateCheck Drop(GateCheck check, ComparedScore score, ErroredRows rule)
    {
        if (score.Errored == 0 || rule == ErroredRows.Ignore)
            return check with { Rows = score.Count, Test = score.Test, Remark = score.Test is null ? TooFewRows : null };
        return score.WorstCase is null
            ? check with { Rows = score.Count, Remark = $"{score.Errored} rows errored, {NoWorstCase}" }
            : check with { Rows = score.Count + score.Errored, Errored = score.Errored, Test = score.WorstCase };
    }

    /// <summary>In the worst case all that the baseline had right is lost.</summary>
    private static GateCheck AllErrored(GateCheck check, ScoreRow row, FinishedRun baseline)
    {
        ScoreRow before = baseline.Report.Rows.First(r => r.Name == row.Name && r.Key == row.Key);
        double lost = row.HigherIsBetter ? before.Value!.Value : 1 - before.Value!.Value;
        return lost is < 0 or > 1
            ? check with { Remark = $"all {row.Errored} rows errored, {NoWorstCase}" }
            : check with
            {
                Rows = row.Errored,
                Errored = row.Errored,
                Test = new ProportionsTest(new PairedProportions(lost * row.Errored, 0, row.Errored)),
            };
    }

    /// <summary>The baseline whose score is the median of all: a run, so that rows can be compared.</summary>
    private FinishedRun? Median(GateCheck check)
    {
        (FinishedRun Run, double? Value)[] valued =
        [
            .. _cell.Baselines.Select(Read)
                .Select(b => (Run: b, b.Report.Rows.FirstOrDefault(r => r.Name == check.Task && r.Key == check.Metric)?.Value))
                .Where(b => b.Value is not null)
                .OrderBy(b => b.Value),
        ];
        return valued.Length == 0 ? null : valued[(valued.Length - 1) / 2].Run;
    }

    /// <summary>A ratio to the median baseline. Its interval is as wide as nights lie apart; of a few nights no spread is known.</summary>
    private GateCheck Ratio(GateLimit limit, double allowed, Func<RunCost, RunCost, double?> ratio)
    {
        double[] Logs(IReadOnlyList<RunFolder> runs) =>
        [
            .. runs.Select(b => ratio(Read(b).Report.Harness.Cost, _candidate.Report.Harness.Cost))
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
