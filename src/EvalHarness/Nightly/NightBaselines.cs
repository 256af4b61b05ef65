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
            var run = new RunFolder(Path.Combine(folder, c.Name));
            IReadOnlyList<RunFolder> baselines = baseline is null ? [] : Of(c, baseline);
            return new GateCell(c.Name, run, baselines, c.Last!.TimingDoubt) { Earlier = Earlier(c, _ => true, Recent) };
        }),
    ];

    private List<RunFolder> Of(NightCell cell, Baseline baseline)
    {
        if (baseline.Run is not { } run)
            return Earlier(cell, n => !baseline.LastGood || n.Gate?.Verdict != GateVerdict.Regression, baseline.MedianOf ?? 1);
        if (!File.Exists(Path.Combine(run, Night.FileName)))
            return [RunFolder.Open(run)];
        var fixedRun = new RunFolder(Path.Combine(run, cell.Name));
        return File.Exists(fixedRun.ResultsFile) ? [fixedRun] : [];
    }

    /// <summary>The cell's runs of nights before this one, with the same options, the latest first.</summary>
    private List<RunFolder> Earlier(NightCell cell, Func<Night, bool> fits, int most) =>
    [
        .. _earlier.Value
            .Where(n => fits(n.Night) && n.Night.Cells.Any(c => c.Name == cell.Name && IsSame(c, cell) && c.Finished))
            .Select(n => new RunFolder(Path.Combine(n.Folder, cell.Name)))
            .Where(r => File.Exists(r.ResultsFile))
            .Take(most),
    ];

    /// <summary>Nights that an earlier version wrote do not say with which options a cell ran.</summary>
    private static bool IsSame(NightCell earlier, NightCell cell) => earlier.Identity.Length == 0 || earlier.Identity == cell.Identity;
}
