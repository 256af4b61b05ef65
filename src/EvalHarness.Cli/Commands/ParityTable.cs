using System.Globalization;
using EvalHarness.OnnxRuntimeGenAI.Parity;
using EvalHarness.Reports;

namespace EvalHarness.Cli.Commands;

/// <summary>The report of <c>evalharness parity</c> as text.</summary>
internal static class ParityTable
{
    internal static string Of(ParityReport report)
    {
        var table = new TextTable(
            ("Tokens", true),
            ("Computed", false),
            ("Rows", true),
            ("KL, largest", true),
            ("Same top", true),
            ("Largest difference", true),
            ("Of the spread", true),
            ("Of the bound", true),
            ("First diverging", true));
        IEnumerable<IGrouping<(int Length, string Group), ParityProbe>> groups = report.Probes
            .GroupBy(p => (p.Length, Group: Group(p)))
            .OrderBy(g => g.Key.Length)
            .ThenBy(g => g.First().OfBase);
        foreach (IGrouping<(int Length, string Group), ParityProbe> group in groups)
        {
            int? first = group.Min(p => p.FirstDiverging);
            table.Add(
                TextTable.Number(group.Key.Length),
                group.Key.Group,
                TextTable.Number(group.Sum(p => p.Rows)),
                Power(group.Max(p => p.LargestDivergence)),
                TextTable.Number(100 * group.Sum(p => p.SameTop * p.Rows) / Math.Max(1, group.Sum(p => p.Rows)), "0.0") + "%",
                Power(group.Max(p => p.LargestDifference)),
                Power(group.Max(p => p.Relative)),
                group.Any(p => p.Wrong is not null) ? "wrong" : Share(group.Max(p => p.Share)),
                first is null ? "" : TextTable.Number(first));
        }

        IEnumerable<string> lines =
        [
            $"base: {Describe(report.Base)}",
            $"candidate: {Describe(report.Candidate)}",
            string.Create(
                CultureInfo.InvariantCulture,
                $"bound: the logits of a row may differ by {Power(report.Bound.Relative)} of their spread, one of them by "
                + $"{Power(report.Bound.Largest)}, and those of many rows together by {Power(report.Bound.Typical(int.MaxValue))}"),
            "the figures are those of the rows compared, and no estimates of others; KL is in nats, over the whole vocabulary",
            .. report.Notes.Select(n => $"note: {n}"),
            .. report.NotTried.Select(n => $"not tried: {n}"),
            .. report.Failures.Select(f => $"failed: {f}"),
            Verdict(report),
        ];
        return $"{table}\n{string.Concat(lines.Select(l => Terminal.Visible(l) + "\n"))}";
    }

    private static string Verdict(ParityReport report)
    {
        int longest = report.Probes.Where(p => !p.OfBase).Select(p => p.Length).DefaultIfEmpty(0).Max();
        string reach = longest < report.Context ? $"up to {longest} of {report.Context} tokens" : $"up to {longest} tokens";
        string what = report.Verdict switch
        {
            ParityVerdict.Parity => $"parity {reach}: every row lies within the bound, at {Share(report.Share)} of it or less",
            ParityVerdict.OtherWeights =>
                $"no verdict: the weights are not the same ({report.Base.Precision.Weights} and {report.Candidate.Precision.Weights}); "
                + "the figures say how far the models lie apart, 'receipt' and 'divergence' measure it",
            _ => $"NOT PARITY {reach}: {report.Failures.Count} reason{(report.Failures.Count == 1 ? "" : "s")} above",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{what} ({report.Seconds:0} s)");
    }

    private static string Describe(ParitySideReport side)
    {
        ParityPrecision precision = side.Precision;
        string device = side.Side.DeviceId is { } id ? $"{side.Side.Device}:{id}" : side.Side.Device;
        string level = precision.AccuracyLevel is { } number ? $" (accuracy level {number})" : "";
        string settings = string.Concat(side.Side.SessionOptions.Concat(side.Side.ProviderOptions).Select(o => $", {o.Key}={o.Value}"));
        string threads = side.Side.Threads is { } count ? $", {count} thread{(count == 1 ? "" : "s")}" : "";
        string providers = string.Join("; ", side.Providers
            .GroupBy(p => p.Provider)
            .Select(g => $"{g.Sum(p => p.Nodes)} nodes ran on {g.Key} ({Share(g.Sum(p => p.Seconds) / All(side))} of the time)"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{side.Side.Folder} on {device}{threads}{settings}: weights {precision.Weights}, activations {precision.Activations}{level}, "
            + $"cache {precision.Cache ?? "unknown"}, {precision.Layers} layers; {side.Runtime}; {providers}; "
            + $"{side.Tokens} tokens in {side.Seconds:0.0} s, loaded in {side.LoadSeconds:0.0} s");
    }

    private static double All(ParitySideReport side) => Math.Max(double.Epsilon, side.Providers.Sum(p => p.Seconds));

    private static string Group(ParityProbe probe) => (probe.OfBase, probe.Form, probe.Batch) switch
    {
        (true, _, _) => "the base itself, in other forms",
        (_, ParityForm.Whole or ParityForm.Vocabulary, _) => "as a whole",
        (_, ParityForm.Batch or ParityForm.BatchSteps, var batch) => $"in batches of {batch}",
        (_, ParityForm.Pieces or ParityForm.Steps, _) => "in pieces and token by token",
        _ => "after rewinds",
    };

    private static string Power(double value) => value == 0 ? "0" : value.ToString("0.0e-0", CultureInfo.InvariantCulture);

    private static string Share(double value) => value < 0.01 && value > 0
        ? "<1%"
        : string.Create(CultureInfo.InvariantCulture, $"{100 * value:0}%");
}
