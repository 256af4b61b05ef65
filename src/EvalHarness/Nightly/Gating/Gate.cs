using System.Globalization;
using EvalHarness.Results;

namespace EvalHarness.Nightly.Gating;

/// <summary>A run that a gate judges.</summary>
/// <param name="Name">The run's name in its night.</param>
/// <param name="Candidate">The finished run.</param>
/// <param name="Baselines">What it is compared with; several for the median of nights, none where there is nothing yet.</param>
/// <param name="TimingDoubt">Why its timings say nothing; null where nothing is known to disturb them.</param>
internal sealed record GateCell(string Name, RunFolder Candidate, IReadOnlyList<RunFolder> Baselines, string? TimingDoubt = null)
{
    /// <summary>Runs of other nights, the latest first: how far speed and memory lie apart from night to night.</summary>
    public IReadOnlyList<RunFolder> Earlier { get; init; } = [];

    /// <summary>The checks of the cell in those nights, the earliest first; null outside of a night.</summary>
    public IReadOnlyList<GateCheck>? EarlierChecks { get; init; }

    /// <summary>The first night, if later nights become the baseline once they are fine against it; otherwise null.</summary>
    public RunFolder? First { get; init; }
}

/// <summary>
/// Judges runs by rules. What is allowed is compared with an interval: beyond it is a regression, within it is fine, and between them more
/// rows are needed. All intervals together hold their level (Holm), so a night of many rules has no more false alarms than one of one.
/// </summary>
internal sealed record GateReport
{
    /// <summary>Remark of checks whose rule fits no finished run.</summary>
    public const string NothingFits = "nothing that finished fits this rule";

    public required IReadOnlyList<GateCheck> Checks { get; init; }

    /// <summary>A regression if any check is one, fine if all checks are, and otherwise what keeps them from it.</summary>
    public required GateVerdict Verdict { get; init; }

    /// <summary>
    /// The cells all of whose checks are fine, also against the first night. Only these runs can become the baseline of later nights, so
    /// that the baseline cannot follow a model from night to night further down than the rules allow once.
    /// </summary>
    public IReadOnlyList<string> Good { get; init; } = [];

    /// <summary>What the rules say of a verdict that is inconclusive.</summary>
    public WhenInconclusive WhenInconclusive { get; init; }

    public ExitCode ExitCode => Verdict switch
    {
        GateVerdict.Regression => ExitCode.Regression,
        GateVerdict.Undecided => ExitCode.Inconclusive,
        GateVerdict.Inconclusive when WhenInconclusive == WhenInconclusive.Fail => ExitCode.Inconclusive,
        _ => ExitCode.Success,
    };

    /// <param name="rules">Rules.</param>
    /// <param name="cells">Finished runs.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>
    /// Rules that fit nothing are inconclusive: what they are about may not have finished. So are checks whose noise file cannot be used.
    /// </returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: a run is damaged; <see cref="ExitCode.Usage"/>: a rule does not fit its metric.
    /// </exception>
    public static async Task<GateReport> JudgeAsync(GateRules rules, IReadOnlyList<GateCell> cells, CancellationToken cancellationToken)
    {
        IReadOnlyList<GateCheck> checks = await CheckAsync(rules, cells, cancellationToken).ConfigureAwait(false);
        bool Any(GateVerdict verdict) => checks.Any(c => c.Verdict == verdict);
        return new GateReport
        {
            Checks = checks,
            Verdict = Any(GateVerdict.Regression) ? GateVerdict.Regression
                : IsUndecided(cells, checks) ? GateVerdict.Undecided
                : Any(GateVerdict.Inconclusive) ? GateVerdict.Inconclusive
                : Any(GateVerdict.NoBaseline) ? GateVerdict.NoBaseline
                : GateVerdict.Fine,
            Good = await FindGoodAsync(rules, cells, checks, cancellationToken).ConfigureAwait(false),
            WhenInconclusive = rules.Inconclusive,
        };
    }

    /// <summary>The report of a gate that could not judge at all: every rule is inconclusive, and says why.</summary>
    internal static GateReport Unable(GateRules rules, string why) => new()
    {
        Checks = [.. rules.All.SelectMany(Unused).Select(c => c with { Remark = why })],
        Verdict = GateVerdict.Undecided,
        WhenInconclusive = rules.Inconclusive,
    };

    /// <summary>
    /// Whether no check was decided. In the first night of a plan there is nothing to compare with, which says nothing against the plan.
    /// </summary>
    private static bool IsUndecided(IReadOnlyList<GateCell> cells, IReadOnlyList<GateCheck> checks) =>
        checks.Count > 0
        && checks.All(c => c.Verdict is GateVerdict.Inconclusive or GateVerdict.NoBaseline)
        && !(checks.All(c => c.Verdict == GateVerdict.NoBaseline) && cells.All(c => c.Earlier.Count == 0));

    private static async Task<IReadOnlyList<string>> FindGoodAsync(
        GateRules rules,
        IReadOnlyList<GateCell> cells,
        IReadOnlyList<GateCheck> checks,
        CancellationToken cancellationToken)
    {
        // A run that was stopped early has not the documents that a baseline must have.
        GateCell[] fine =
            [.. cells.Where(c => c.First is not null && IsFine(c, checks) && c.Candidate.ReadResults().Harness.Decisions is null)];
        IEnumerable<GateCell> moved = fine.Where(c => c.Baselines is not [var only] || only.FullPath != c.First!.FullPath);
        GateCell[] again = [.. moved.Select(c => c with { Baselines = [c.First!], First = null })];
        IReadOnlyList<GateCheck> first =
            again.Length == 0 ? [] : await CheckAsync(rules, again, cancellationToken).ConfigureAwait(false);
        return [.. fine.Select(c => c.Name).Except(again.Where(c => !IsFine(c, first)).Select(c => c.Name))];
    }

    private static bool IsFine(GateCell cell, IReadOnlyList<GateCheck> checks)
    {
        GateCheck[] own = [.. checks.Where(c => c.Cell == cell.Name)];
        return own.Length > 0 && own.All(c => c.Verdict == GateVerdict.Fine);
    }

    private static async Task<IReadOnlyList<GateCheck>> CheckAsync(
        GateRules rules, IReadOnlyList<GateCell> cells, CancellationToken cancellationToken)
    {
        var checks = new List<GateCheck>();
        var used = new HashSet<GateRule>();
        foreach (GateCell cell in cells)
        {
            var measured = new CellMeasurement(cell, rules.Noise);
            foreach (GateRule rule in rules.All.Where(measured.Concerns))
            {
                List<GateCheck> found = await measured.CheckAsync(rule, cancellationToken).ConfigureAwait(false);
                checks.AddRange(found);
                if (found.Count > 0)
                    used.Add(rule);
            }
        }

        checks.AddRange(rules.All.Where(r => !used.Contains(r)).SelectMany(Unused));
        return [.. GateDecision.Decide(checks).Select(Explain)];
    }

    /// <summary>
    /// Adds to the remark what was judged in place of errored rows, what the noise did to the interval, and a change of data or engine to
    /// one that is not fine.
    /// </summary>
    private static GateCheck Explain(GateCheck check)
    {
        string where = check.ErroredInBaseline == 0 ? ""
            : string.Create(CultureInfo.InvariantCulture, $" ({check.ErroredInBaseline:#,0} of them in the baseline)");
        string errored = check.Errored == 0 ? "" : string.Create(
            CultureInfo.InvariantCulture, $"{check.Errored:#,0} of {check.Rows:#,0} rows errored{where} and are judged by the worst case");
        bool isFine = check.Verdict is not (GateVerdict.Regression or GateVerdict.Inconclusive);
        // Scores of two judges are no measure of the model, also where they are alike.
        string?[] changes = isFine ? [check.JudgeChange] : [check.DataChange, check.EngineChange, check.JudgeChange];
        string[] remarks = [.. ((string?[])[check.Remark, errored, Noise(check), .. changes]).OfType<string>().Where(r => r.Length > 0)];
        return remarks.Length == 0 ? check : check with { Remark = string.Join("; ", remarks) };
    }

    private static string Noise(GateCheck check)
    {
        if (check.WithoutNoise is not { } without)
            return "";
        string decides = check.Verdict != GateVerdict.Inconclusive ? ""
            : without.Low > check.Allowed ? ", a regression"
            : without.High <= check.Allowed ? ", which is fine"
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"without the noise of the device the interval would be [{without.Low:0.00}, {without.High:0.00}]{decides}");
    }

    private static IEnumerable<GateCheck> Unused(GateRule rule)
    {
        (GateLimit Limit, double? Allowed)[] limits =
        [
            (GateLimit.Min, rule.Min),
            (GateLimit.MaxDrop, rule.Drop),
            (GateLimit.MaxSlowdown, rule.MaxSlowdown),
            (GateLimit.MaxMemoryGrowth, rule.MaxMemoryGrowth),
        ];
        return limits.Where(l => l.Allowed is not null).Select(l => new GateCheck
        {
            Cell = $"model {rule.Model}, device {rule.Device}",
            Task = rule.Task,
            Metric = rule.Metric,
            Limit = l.Limit,
            Allowed = l.Allowed!.Value,
            Verdict = GateVerdict.Inconclusive,
            Remark = NothingFits,
        });
    }
}
