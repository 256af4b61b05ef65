using System.Globalization;
using EvalHarness.Nightly.Gating;

namespace EvalHarness.Nightly;

/// <summary>The options with which a night's cell stops as soon as its gate can judge it.</summary>
internal static class NightDecisions
{
    private const double OneNightInTwenty = 0.05;

    /// <param name="rules">Of the plan.</param>
    /// <param name="cell">The cell that is about to start.</param>
    /// <param name="names">The model's name in manifests, and the device, of each cell of the night by the cell's name.</param>
    /// <param name="baselines">Of the night.</param>
    /// <param name="started">When the night began: each night asks in an order of its own.</param>
    /// <returns>Options of <c>run</c>; none where no rule has decide, or there is no whole run to compare with yet.</returns>
    internal static IReadOnlyList<string> Arguments(
        GateRules? rules,
        NightCell cell,
        IReadOnlyDictionary<string, (string Model, string Device)> names,
        NightBaselines baselines,
        DateTimeOffset started)
    {
        if (rules is null || Points(rules, names[cell.Name]) is not { } points || baselines.Whole(cell, rules.Baseline) is not { } against)
            return [];
        double share = OneNightInTwenty / (names.Values.Count(n => Points(rules, n) is not null) * rules.DecideNights);
        long day = started.ToUnixTimeSeconds() / (long)TimeSpan.FromDays(1).TotalSeconds;
        return
        [
            "--decide", points.ToString(CultureInfo.InvariantCulture),
            "--against", against.FullPath,
            "--false-alarms", share.ToString("0.############", CultureInfo.InvariantCulture),
            "--decide-seed", day.ToString(CultureInfo.InvariantCulture),
            .. baselines.WithSamples(cell)
                .Where(r => r.FullPath != against.FullPath)
                .SelectMany(r => (string[])["--flips-from", r.FullPath]),
        ];
    }

    /// <summary>The smallest drop that a rule with decide allows a cell; null where none is for it.</summary>
    private static double? Points(GateRules rules, (string Model, string Device) names) => rules.All
        .Where(r => r.Decide is not null && r.Concerns(names.Model, names.Device))
        .Min(r => r.Decide);
}
