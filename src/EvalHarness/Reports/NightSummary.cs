using System.Globalization;
using EvalHarness.Nightly;
using EvalHarness.Results;

namespace EvalHarness.Reports;

/// <summary>What a night did, for a terminal, a page and a CI server. The results of its runs are read once, when it is made.</summary>
internal sealed class NightSummary
{
    private const int ScoresShown = 3;

    private readonly Night _night;
    private readonly TextTable _table;

    /// <param name="folder">The night's folder, which holds its runs.</param>
    /// <param name="night">Its state.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the results of a run are damaged.</exception>
    public NightSummary(string folder, Night night) => (_night, _table) = (night, Table(folder, night));

    public string Render()
    {
        string gate = _night.Gate is null ? "" : $"\n{GateTable.Render(_night.Gate)}";
        return $"{_table}{gate}{string.Concat(Culprits(_night).Select(line => $"{line}\n"))}{Line(_night)}\n{Disk(_night)}";
    }

    public string RenderMarkdown()
    {
        string title = $"## {TextTable.Markdown(_night.Plan)}, {_night.Started.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}";
        string gate = _night.Gate is null ? "" : $"{GateTable.RenderMarkdown(_night.Gate)}\n";
        string culprits = string.Concat(Culprits(_night).Select(line => $"{TextTable.Markdown(line)}\n\n"));
        string end = $"{TextTable.Markdown(Line(_night))}\n\n{TextTable.Markdown(Disk(_night))}";
        return $"{title}\n\n{_table.ToMarkdown()}\n{gate}{culprits}{end}";
    }

    /// <summary>A line for each search for the change behind regressions.</summary>
    private static IEnumerable<string> Culprits(Night night) =>
        night.Culprits?.Select(c => $"culprit of {c.Cell} against {c.Baseline}: {c.Sentence}") ?? [];

    /// <summary>A case per cell, and one per check of the gate.</summary>
    public static IReadOnlyList<JUnitCase> Cases(Night night) =>
    [
        .. night.Cells.Select(c =>
            new JUnitCase(c.Name, "finished", c.AllTries.Sum(t => t.Duration.TotalSeconds), Error: c.Finished ? null : Remark(c))),
        .. night.Gate?.Checks.Select(JUnitFile.Of) ?? [],
    ];

    private static TextTable Table(string folder, Night night)
    {
        var table = new TextTable(("Run", false), ("State", false), ("Tries", true), ("Time", true), ("Score", false), ("Remark", false));
        foreach (NightCell cell in night.Cells)
            table.Add(cell.Name, State(cell), $"{cell.AllTries.Count()}", Duration(cell), Scores(folder, cell), Remark(cell) ?? "");
        return table;
    }

    private static string State(NightCell cell) => cell switch
    {
        { Waits: true } => "waits for Slurm",
        { Finished: true, Last.ExitCode: 0 } => "finished",
        { Finished: true } => "finished, with errors",
        { LeftOut: not null } => "left out",
        { Last: null } => "not started",
        { Over: true } => cell.Last.End switch
        {
            TryEnd.Crashed => "CRASHED",
            TryEnd.Stalled => "HUNG",
            TryEnd.OutOfTime => "OUT OF TIME",
            TryEnd.OutOfDisk => "OUT OF DISK",
            _ => "FAILED",
        },
        _ => "unfinished",
    };

    private static string? Remark(NightCell cell) =>
        cell.Waits
            ? cell.AllTries.Last().Slurm
            : cell.LeftOut ?? cell.Last?.Error ?? (cell.Finished ? cell.Last!.TimingDoubt : "was not started");

    private static string Duration(NightCell cell)
    {
        TimeSpan time = cell.AllTries.Aggregate(TimeSpan.Zero, (sum, t) => sum + t.Duration);
        return $"{(int)time.TotalHours}:{time.Minutes:D2}:{time.Seconds:D2}";
    }

    private static string Scores(string folder, NightCell cell)
    {
        if (!cell.Finished || Night.Results(folder, cell) is not { } results)
            return "";
        ScoreRow[] rows = [.. results.Rows.Where(r => r.Depth == 0).DistinctBy(r => r.Name)];
        string shown = string.Join(", ", rows.Take(ScoresShown).Select(r => FormattableString.Invariant($"{r.Alias} {r.Value:0.0000}")));
        return rows.Length > ScoresShown ? $"{shown} and {rows.Length - ScoresShown} more" : shown;
    }

    /// <summary>A line with the space that nights take, and what was removed; empty before the end.</summary>
    private static string Disk(Night night)
    {
        if (night.Disk is not { } disk)
            return "";
        string nights = disk.RemovedNights.Count == 0 ? "" : $"; removed: {string.Join(", ", disk.RemovedNights)}";
        string samples = disk.RemovedSamples.Count == 0 ? "" : $"; samples removed of {string.Join(", ", disk.RemovedSamples)}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"disk: {disk.Night / 1e6:0.0} MB for this night, {disk.All / 1e6:0.0} MB for all nights{nights}{samples}\n");
    }

    private static string Line(Night night)
    {
        int finished = night.Cells.Count(c => c.Finished);
        string Names(string what, Func<NightCell, bool> fits)
        {
            string[] names = [.. night.Cells.Where(fits).Select(c => c.Name)];
            return names.Length == 0 ? "" : $"; {what}: {string.Join(", ", names)}";
        }

        string waiting = Names("on Slurm, to be collected by a later start", c => c.Waits);
        return $"{finished} of {night.Cells.Count} runs finished{Names("not finished", c => !c.Finished && !c.Waits)}{waiting}";
    }
}
