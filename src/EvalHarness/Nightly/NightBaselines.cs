using EvalHarness.Nightly.Gating;
using EvalHarness.Results;

namespace EvalHarness.Nightly;

/// <summary>What a night's cells are compared with.</summary>
/// <param name="root">The folder of all nights.</param>
/// <param name="folder">This night's folder.</param>
/// <param name="night">This night's state.</param>
internal sealed class NightBaselines(string root, string folder, Night night)
{
    private readonly Lazy<(string Folder, Night Night)[]> _earlier = new(() =>
        [.. Night.All(root, night.Plan).Where(n => n.Night.Ended is not null && n.Night.Started < night.Started)]);

    /// <summary>Nights from which the spread of speed and memory is taken.</summary>
    private const int Recent = 14;

    /// <summary>A gate's cells: the runs that finished this night, with their baselines.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the plan names a baseline that is no run and no night.</exception>
    public IReadOnlyList<GateCell> Cells(Baseline? baseline) =>
    [
        .. night.Cells.Where(c => c.Finished).Select(c =>
        {
            var run = new RunFolder(Path.Combine(folder, c.RunName));
            (Night Night, RunFolder Run)[] earlier = [.. Earlier(c)];
            RunFolder? first = baseline is { Run: null } ? First(earlier) : null;
            return new GateCell(c.Name, run, baseline is null ? [] : Of(c, baseline, first, earlier), c.Last!.TimingDoubt)
            {
                Earlier = [.. earlier.Take(Recent).Select(e => e.Run)],
                EarlierChecks = [.. earlier.Reverse().SelectMany(e => e.Night.Gate?.Checks.Where(k => k.Cell == c.Name) ?? [])],
                First = baseline is { Run: null, First: false } ? first ?? run : null,
            };
        }),
    ];

    /// <summary>The run that a cell can be compared with document by document; null where there is none yet.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the plan names a baseline that is no run and no night.</exception>
    internal RunFolder? Whole(NightCell cell, Baseline? baseline)
    {
        if (baseline is null)
            return null;
        (Night Night, RunFolder Run)[] earlier = [.. Earlier(cell)];
        return Of(cell, baseline, baseline.Run is null ? First(earlier) : null, earlier)
            .FirstOrDefault(r => HasSamples(r) && r.ReadResults().Harness.Decisions is null);
    }

    /// <summary>
    /// The paths of the runs that later nights are compared with, as <see cref="NightRemoval.RealPath"/> gives them. Also of cells that
    /// this night does not have, or has with other options: the plan may be changed back.
    /// </summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the plan names a baseline that is no run and no night.</exception>
    internal IReadOnlySet<string> Needed(Baseline? baseline)
    {
        var needed = new HashSet<string>();
        IEnumerable<NightCell> cells = night.Cells.Concat(_earlier.Value.SelectMany(n => n.Night.Cells));
        foreach (NightCell cell in cells.DistinctBy(c => (c.Name, c.Identity)))
        {
            (Night Night, RunFolder Run)[] earlier = [.. Earlier(cell)];
            RunFolder? first = First(earlier);
            IEnumerable<RunFolder> runs = baseline is null ? [] : Of(cell, baseline, baseline.Run is null ? first : null, earlier);
            runs = runs.Concat(((RunFolder?[])[first, Whole(cell, baseline)]).OfType<RunFolder>());
            needed.UnionWith(runs.Select(r => NightRemoval.RealPath(r.FullPath)));
        }

        return needed;
    }

    /// <summary>The cell's runs of recent nights whose samples are still there.</summary>
    internal IEnumerable<RunFolder> WithSamples(NightCell cell) => Earlier(cell).Take(Recent).Select(e => e.Run).Where(HasSamples);

    private static bool HasSamples(RunFolder run) => run.ReadManifest().Tasks.All(t => File.Exists(run.SamplesFile(t.Name)));

    /// <summary>The first night without errored rows; where there is none, the first that has a score for each metric.</summary>
    private static RunFolder? First((Night Night, RunFolder Run)[] earlier)
    {
        RunFolder? scored = null;
        foreach ((_, RunFolder run) in earlier.Reverse())
        {
            IReadOnlyList<ScoreRow> rows = run.ReadResults().Rows;
            if (rows.All(r => r is { Errored: 0, Value: not null }))
                return run;
            scored ??= rows.All(r => r.Value is not null) ? run : null;
        }

        return scored;
    }

    private static IReadOnlyList<RunFolder> Of(
        NightCell cell, Baseline baseline, RunFolder? first, (Night Night, RunFolder Run)[] earlier)
    {
        if (baseline.Run is not { } run)
        {
            // The first night counts from the start; later ones count once they are known to be fine against it.
            IEnumerable<RunFolder> good = earlier
                .Where(e => e.Night.Gate?.Good.Contains(cell.Name) == true && e.Run.FullPath != first?.FullPath)
                .Select(e => e.Run);
            return [.. (baseline.First ? [] : good).Concat(first is null ? [] : [first]).Take(baseline.MedianOf ?? 1)];
        }

        if (!File.Exists(Path.Combine(run, Night.FileName)))
            return [RunFolder.Open(run)];
        string name = Night.Read(run).Cells.FirstOrDefault(c => c.Name == cell.Name)?.RunName ?? cell.Name;
        var fixedRun = new RunFolder(Path.Combine(run, name));
        return File.Exists(fixedRun.ResultsFile) ? [fixedRun] : [];
    }

    /// <summary>The cell's runs of nights before this one, with the same options, the latest first.</summary>
    private IEnumerable<(Night Night, RunFolder Run)> Earlier(NightCell cell) => _earlier.Value
        .Select(n => (n.Night, n.Folder, Cell: n.Night.Cells.FirstOrDefault(c => c.Name == cell.Name && IsSame(c, cell) && c.Finished)))
        .Where(n => n.Cell is not null)
        .Select(n => (n.Night, Run: new RunFolder(Path.Combine(n.Folder, n.Cell!.RunName))))
        .Where(n => File.Exists(n.Run.ResultsFile));

    /// <summary>Nights that an earlier version wrote do not say with which options a cell ran.</summary>
    private static bool IsSame(NightCell earlier, NightCell cell) => earlier.Identity.Length == 0 || earlier.Identity == cell.Identity;
}
