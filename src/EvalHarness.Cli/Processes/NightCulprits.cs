using EvalHarness.Nightly;
using EvalHarness.Nightly.Culprits;
using EvalHarness.Nightly.Gating;
using EvalHarness.Results;
using static System.FormattableString;

namespace EvalHarness.Cli.Processes;

/// <summary>The searches for the changes behind a night's regressions, one for each cell that has some.</summary>
/// <param name="folder">The night's folder; the searches run below its folder "culprit".</param>
/// <param name="limits">What a cell may use; a search may take as long.</param>
/// <param name="say">Gets a line for each run.</param>
internal sealed class NightCulprits(string folder, PlanLimits limits, Action<string> say)
{
    /// <param name="gate">What the gate found.</param>
    /// <param name="cells">What it judged.</param>
    /// <param name="cancellationToken">Stops the night, which goes on with the search when it is started again.</param>
    internal async Task<IReadOnlyList<NightCulprit>> FindAsync(
        GateReport gate, IReadOnlyList<GateCell> cells, CancellationToken cancellationToken)
    {
        var found = new List<NightCulprit>();
        foreach (GateCell cell in cells)
        {
            GateCheck[] fallen =
            [
                .. gate.Checks.Where(c => c is { Verdict: GateVerdict.Regression, Limit: GateLimit.MaxDrop } && c.Cell == cell.Name),
            ];
            // The gate compares a drop with one run, also where the baseline is several nights.
            if (cell.Baselines.FirstOrDefault(b => fallen.Any(c => c.Baseline == b.Name)) is { } baseline)
                found.Add(await FindAsync(cell, baseline, fallen, cancellationToken).ConfigureAwait(false));
        }

        return found;
    }

    private async Task<NightCulprit> FindAsync(
        GateCell cell, RunFolder baseline, GateCheck[] fallen, CancellationToken cancellationToken)
    {
        say($"{cell.Name}: searching for the change behind the regression");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (limits.Minutes is { } minutes)
            stop.CancelAfter(TimeSpan.FromMinutes(minutes));
        try
        {
            (FinishedRun before, FinishedRun after) = (FinishedRun.Read(baseline), FinishedRun.Read(cell.Candidate));
            (string Task, string Key)[] scores =
            [
                .. fallen.SelectMany(c => after.Report.Leaves(c.Task!).Select(task => (task, c.Metric!))).Distinct(),
            ];
            var places = new CulpritPlaces(Path.Combine(folder, "culprit", cell.Name), Model: null, Datasets: []);
            var search = new CulpritSearch(before, after, places, CulpritDefaults.Runs, text => say($"{cell.Name}: {text}"));
            CulpritReport report = await search
                .FindAsync(scores, CulpritDefaults.Rows, CulpritDefaults.Seed, stop.Token)
                .ConfigureAwait(false);
            return new NightCulprit(cell.Name, baseline.Name, report.Verdict, report.Culprits, report.Sentence);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Nothing(Invariant($"the search took longer than {limits.Minutes} minutes (budget: cell: minutes)"));
        }
        catch (EvalException e)
        {
            return Nothing(e.Message);
        }

        NightCulprit Nothing(string why) => new(cell.Name, baseline.Name, CulpritVerdict.Unfinished, [], why);
    }
}
