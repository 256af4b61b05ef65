using System.IO.Enumeration;
using System.Text.Json.Nodes;
using EvalHarness.Analysis.Comparing;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Nightly.Gating;

/// <summary>A run of a night against its baselines: what rules are applied to.</summary>
internal sealed class CellMeasurement
{
    /// <summary>Fewer nights say nothing about how far nights lie apart.</summary>
    private const int NightsForSpread = 3;

    private readonly GateCell _cell;
    private readonly Manifest _manifest;
    private readonly JsonObject _results;
    private readonly IReadOnlyList<NoiseFloor> _floors;
    private readonly Dictionary<string, Comparison?> _comparisons = [];

    internal CellMeasurement(GateCell cell, IReadOnlyList<NoiseFloor> floors)
    {
        (_cell, _manifest, _results) = (cell, cell.Candidate.ReadManifest(), cell.Candidate.ReadResults());
        _floors = [.. floors.Where(f => f.Concerns(_manifest))];
    }

    internal bool Concerns(GateRule rule) =>
        FileSystemName.MatchesSimpleExpression(rule.Model, _manifest.Model.ModelName) && FileSystemName.MatchesSimpleExpression(rule.Device, _manifest.Model.Device);

    internal async Task<List<GateCheck>> CheckAsync(GateRule rule, CancellationToken cancellationToken)
    {
        var checks = new List<GateCheck>();
        if (rule.Min is not null || rule.MaxDrop is not null)
        {
            foreach (JsonObject row in Rows(rule))
            {
                if (rule.Min is { } min)
                    checks.Add(Min(row, min));
                if (rule.MaxDrop is { } drop)
                    checks.Add(await DropAsync(row, drop, cancellationToken).ConfigureAwait(false));
            }

            if (checks.Count == 0)
                return checks;
        }

        if (rule.MaxSlowdown is { } slowdown)
            checks.Add(Ratio(GateLimit.MaxSlowdown, slowdown, other => RunCost.Slowdown(other, RunCost.Of(_results))));
        if (rule.MaxMemoryGrowth is { } growth)
            checks.Add(Ratio(GateLimit.MaxMemoryGrowth, growth, other => RunCost.Growth(other, RunCost.Of(_results))));
        return checks;
    }

    /// <summary>A name fits at any depth; a glob fits groups and tasks that stand alone.</summary>
    private IEnumerable<JsonObject> Rows(GateRule rule) => ResultsDocument.ReadRows(_results)
        .Where(r => (string)r["name"]! == rule.Task || ((int)r["depth"]! == 0 && FileSystemName.MatchesSimpleExpression(rule.Task, (string)r["name"]!)))
        .Where(r => rule.Metric is null || (string)r["metric"]! == rule.Metric)
        .GroupBy(r => (string)r["name"]!).SelectMany(g => rule.Metric is null ? g.Take(1) : g);

    private GateCheck Start(JsonObject row, GateLimit limit, double allowed) => new()
    {
        Cell = _cell.Name,
        Task = (string)row["name"]!,
        Metric = $"{row["metric"]},{row["filter"]}",
        Limit = limit,
        Allowed = allowed,
        Rows = (int)row["n"]!,
        Available = (int?)_results["n-samples"]?[(string)row["name"]!]?["original"],
        Verdict = GateVerdict.Inconclusive,
    };

    private GateCheck Min(JsonObject row, double min)
    {
        GateCheck check = Start(row, GateLimit.Min, min);
        if (!(bool)row["higher_is_better"]!)
            throw new EvalException(ExitCode.Usage, $"the gate's rule min for task {check.Task}: its metric {check.Metric} is better when lower; use max_drop");
        if ((double?)row["value"] is not { } value || (double?)row["stderr"] is not { } error)
            return check with { Measured = (double?)row["value"], Remark = "so few rows have no standard error" };
        int n = (int)row["n"]!;
        return check with { Test = Interval.IsShare(value, n, error) || error == 0 ? new ShareTest(value, n) : new MeanTest(-value, error, n - 1) };
    }

    private async Task<GateCheck> DropAsync(JsonObject row, double allowed, CancellationToken cancellationToken)
    {
        GateCheck check = Start(row, GateLimit.MaxDrop, allowed);
        double? floor = _floors.Select(f => f.Points(check.Task!, check.Metric!)).Where(p => p > allowed).DefaultIfEmpty(null).Max();
        check = check with { NoiseFloor = floor };
        if (Median(check) is not { } baseline)
            return check with { Verdict = GateVerdict.NoBaseline };
        check = check with { Baseline = baseline.Name, EngineChange = _manifest.EngineChange(baseline.ReadManifest()) };
        try
        {
            if (!_comparisons.TryGetValue(baseline.FullPath, out Comparison? comparison))
                _comparisons[baseline.FullPath] = comparison = (await Comparison.OfAllAsync([baseline, _cell.Candidate], cancellationToken).ConfigureAwait(false))[0];
            ComparedScore? score = comparison!.Scores.FirstOrDefault(s => s.Task == check.Task && $"{s.Metric},{s.Filter}" == check.Metric);
            return score is null
                ? check with { Remark = "is no mean over the rows of both runs, which alone can be judged; use min" }
                : check with { Rows = score.Count, Test = DropTest.Of(score), Remark = DropTest.Of(score) is null ? "so few rows have no standard error" : null };
        }
        catch (EvalException e) when (e.ExitCode == ExitCode.Incomparable)
        {
            return check with { Remark = e.Message };
        }
    }

    /// <summary>The baseline whose score is the median of all: a run, so that rows can be compared.</summary>
    private RunFolder? Median(GateCheck check)
    {
        (RunFolder Run, double Value)[] valued =
        [
            .. _cell.Baselines.Select(b => (Run: b, Value: ResultsDocument.ReadRows(b.ReadResults()).Where(r => (string)r["name"]! == check.Task && $"{r["metric"]},{r["filter"]}" == check.Metric).Select(r => (double?)r["value"]).FirstOrDefault()))
                .Where(b => b.Value is not null).Select(b => (b.Run, b.Value!.Value)).OrderBy(b => b.Value),
        ];
        return valued.Length == 0 ? null : valued[(valued.Length - 1) / 2].Run;
    }

    /// <summary>A ratio to the median baseline. Its interval is as wide as nights lie apart; of a few nights no spread is known.</summary>
    private GateCheck Ratio(GateLimit limit, double allowed, Func<RunCost, double?> ratio)
    {
        double[] Logs(IReadOnlyList<RunFolder> runs) => [.. runs.Select(b => ratio(RunCost.Of(b.ReadResults()))).Where(r => r is > 0).Select(r => Math.Log(r!.Value)).Order()];
        double[] logs = Logs(_cell.Baselines), nights = logs.Length >= NightsForSpread ? logs : Logs(_cell.Earlier);
        var check = new GateCheck
        {
            Cell = _cell.Name,
            Limit = limit,
            Allowed = allowed,
            Verdict = GateVerdict.NoBaseline,
            Baseline = _cell.Baselines is [var only] ? only.Name : _cell.Baselines.Count == 0 ? null : $"median of {logs.Length} runs",
            EngineChange = _cell.Baselines.Select(b => _manifest.EngineChange(b.ReadManifest())).FirstOrDefault(c => c is not null),
        };
        if (logs.Length == 0)
            return check with { Remark = _cell.Baselines.Count == 0 ? null : "nothing was computed in one of the runs" };
        double measured = (logs[(logs.Length - 1) / 2] + logs[logs.Length / 2]) / 2;
        string? doubt = limit == GateLimit.MaxSlowdown ? _cell.TimingDoubt : null;
        if (nights.Length >= NightsForSpread && Aggregation.MeanStandardError(nights) is { } error and > 0)
            return check with { Remark = doubt, Test = new MeanTest(measured, error * Math.Sqrt(nights.Length) * Math.Sqrt(1 + (1.0 / logs.Length)), nights.Length - 1) };
        bool over = measured > check.Threshold;
        return check with
        {
            Measured = Math.Exp(measured),
            Verdict = !over ? GateVerdict.Fine : doubt is null ? GateVerdict.Regression : GateVerdict.Inconclusive,
            Remark = over && doubt is not null ? doubt : "too few nights to know how far they lie apart",
        };
    }
}
