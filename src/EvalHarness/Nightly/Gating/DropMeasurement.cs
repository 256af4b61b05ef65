using System.Globalization;
using EvalHarness.Analysis.Comparing;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Nightly.Gating;

/// <summary>Measures how much a run's scores have dropped below its baseline's.</summary>
/// <param name="cell">The run and its baselines.</param>
/// <param name="candidate">The run, read.</param>
/// <param name="read">Reads a run, each once.</param>
/// <param name="noise">How far runs of the same model lie apart.</param>
internal sealed class DropMeasurement(
    GateCell cell, FinishedRun candidate, Func<RunFolder, FinishedRun> read, CellNoise noise)
{
    private readonly Dictionary<string, Comparison> _comparisons = [];

    /// <param name="check">The check as it begins: with its cell, task, metric and what is allowed.</param>
    /// <param name="row">The candidate's score.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The check with what was measured, before it is decided.</returns>
    internal async Task<GateCheck> CheckAsync(GateCheck check, ScoreRow row, GateRule rule, CancellationToken cancellationToken)
    {
        if (Decided(check, noise.Of(row)) is { } decided)
            return Doubted(decided, noise.Doubt(row));
        if (Median(check) is not { } baseline)
            return check with { Verdict = GateVerdict.NoBaseline };
        check = check with
        {
            Baseline = baseline.Name,
            EngineChange = candidate.Manifest.EngineChange(baseline.Manifest),
            DataChange = candidate.Manifest.DataChange(baseline.Manifest),
            JudgeChange = candidate.Manifest.JudgeChange(baseline.Manifest),
        };
        try
        {
            ComparedScore? score = await CompareAsync(baseline, check, cancellationToken).ConfigureAwait(false);
            GateCheck measured = score is not null
                ? await AddNightsAsync(Drop(check, score, rule.Errored), score, baseline, noise.Of(row), cancellationToken)
                    .ConfigureAwait(false)
                : row.Value is null && rule.Errored == ErroredRows.Worst ? AllErrored(check, row, baseline)
                : check with { Remark = "is no mean over the rows of both runs, which alone can be judged; use min" };
            return Doubted(Noisy(measured, noise.Of(row)), noise.Doubt(row));
        }
        catch (EvalException e) when (e.ExitCode is ExitCode.Incomparable or ExitCode.Output)
        {
            return check with { Remark = e.Message };
        }
    }

    private static GateCheck Noisy(GateCheck check, RunNoise? noise) =>
        check.Test is { } test && noise is not null ? check with { Test = new NoisyTest(test, noise) } : check;

    /// <summary>What was measured stays, but nothing is known of the noise in it, so that it decides nothing.</summary>
    private static GateCheck Doubted(GateCheck check, string? doubt) => doubt is null ? check : check with
    {
        Measured = check.Test is { } test ? check.Unit(test.Estimate) : check.Measured,
        Test = null,
        Nights = null,
        Verdict = GateVerdict.Inconclusive,
        Remark = doubt,
    };

    /// <summary>The check where the run itself was stopped once it was known; null where it asked all documents.</summary>
    private GateCheck? Decided(GateCheck check, RunNoise? noise)
    {
        RunDecision? decision = candidate.Report.Harness.Decisions?
            .FirstOrDefault(d => d.Name == check.Task || d.Tasks.Contains(check.Task!));
        if (decision is null)
            return null;
        if (decision.Name != check.Task || decision.Metric != check.Metric)
        {
            return check with
            {
                Remark = $"decide stopped it with {decision.Name}, whose {decision.Metric} is judged; name that in the rule",
            };
        }

        string rows = string.Create(CultureInfo.InvariantCulture, $"{decision.Rows:#,0} of {decision.Available:#,0} rows");
        var stopped = new Interval(decision.Low / 100, decision.High / 100);
        // The run knows nothing of the noise; it stopped when the interval of the two runs as they are was known.
        Interval interval = noise?.Widen(decision.Loss / 100, stopped, (1 - (decision.Coverage / 100)) / 2) ?? stopped;
        double low = check.Unit(interval.Low), high = check.Unit(interval.High);
        return check with
        {
            Baseline = cell.Baselines.FirstOrDefault(b => b.FullPath == Path.GetFullPath(decision.Against))?.Name ?? decision.Against,
            Measured = decision.Loss,
            Low = low,
            High = high,
            WithoutNoise = noise is null ? null : new Interval(decision.Low, decision.High),
            Coverage = decision.Coverage,
            Rows = decision.Rows,
            // The interval holds at whatever look the run stopped, and so for any limit.
            Verdict = high <= check.Allowed ? GateVerdict.Fine
                : low > check.Allowed ? GateVerdict.Regression
                : GateVerdict.Inconclusive,
            Remark = decision.Verdict == DecisionVerdict.Undecided ? $"{rows} do not decide it"
                : decision.Allowed == check.Allowed ? $"decided after {rows}"
                : $"{decision.Allowed:0.##} points were decided after {rows}, and no more were asked; 'nightly --again' measures anew",
        };
    }

    private async Task<ComparedScore?> CompareAsync(FinishedRun baseline, GateCheck check, CancellationToken cancellationToken)
    {
        if (!_comparisons.TryGetValue(baseline.Folder.FullPath, out Comparison? comparison))
        {
            comparison = (await Comparison.OfAllAsync([baseline, candidate], cancellationToken).ConfigureAwait(false))[0];
            _comparisons[baseline.Folder.FullPath] = comparison;
        }

        return comparison.Scores.FirstOrDefault(s => s.Task == check.Task && $"{s.Metric},{s.Filter}" == check.Metric);
    }

    /// <summary>Adds the nights before this one that were compared with the same baseline.</summary>
    private async Task<GateCheck> AddNightsAsync(
        GateCheck check, ComparedScore score, FinishedRun baseline, RunNoise? runNoise, CancellationToken cancellationToken)
    {
        if (cell.EarlierChecks is not { } checks || score.Test is not { } test || score.SquaredRow == 0)
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
            : await CompareAsync(read(cell.Earlier[0]), check, cancellationToken).ConfigureAwait(false);
        if (changes is null)
            return check;
        var evidence = new NightEvidence(test.Estimate, changes.SquaredChanges, changes.SquaredRow);
        // What errored rows could have been is not confirmed by other nights, nor does it say anything to them.
        return check with { Evidence = evidence, Nights = check.Errored > 0 ? null : new NightsTest([.. earlier, evidence], runNoise) };
    }

    /// <summary>The same run of the same night, whatever folder the program was started in.</summary>
    private static bool IsSameRun(string one, string other)
    {
        static string End(string run) => string.Join('/', Path.GetFullPath(run).Replace('\\', '/').Split('/').TakeLast(2));
        return End(one) == End(other);
    }

    private static GateCheck Drop(GateCheck check, ComparedScore score, ErroredRows rule)
    {
        check = check with { Tasks = score.Tasks };
        if (score.Errored == 0 || rule == ErroredRows.Ignore)
            return check with { Rows = score.Count, Test = score.Test, Remark = score.Test is null ? CellMeasurement.TooFewRows : null };
        return score.WorstCase is null
            ? check with { Rows = score.Count, Remark = $"{score.Errored} rows errored, {CellMeasurement.NoWorstCase}" }
            : check with
            {
                Rows = score.Count + score.Errored,
                Errored = score.Errored,
                ErroredInBaseline = score.ErroredInBase,
                Test = score.WorstCase,
            };
    }

    /// <summary>In the worst case all that the baseline had right is lost.</summary>
    private static GateCheck AllErrored(GateCheck check, ScoreRow row, FinishedRun baseline)
    {
        ScoreRow before = baseline.Report.Rows.First(r => r.Name == row.Name && r.Key == row.Key);
        double lost = row.HigherIsBetter ? before.Value!.Value : 1 - before.Value!.Value;
        return lost is < 0 or > 1
            ? check with { Remark = $"all {row.Errored} rows errored, {CellMeasurement.NoWorstCase}" }
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
            .. cell.Baselines.Select(read)
                .Select(b => (Run: b, b.Report.Rows.FirstOrDefault(r => r.Name == check.Task && r.Key == check.Metric)?.Value))
                .Where(b => b.Value is not null)
                .OrderBy(b => b.Value),
        ];
        return valued.Length == 0 ? null : valued[(valued.Length - 1) / 2].Run;
    }
}
