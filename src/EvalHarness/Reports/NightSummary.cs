using System.Globalization;
using System.Text.Json.Nodes;
using EvalHarness.Nightly;
using EvalHarness.Results;

namespace EvalHarness.Reports;

/// <summary>What a night did, for a terminal, a page and a CI server.</summary>
public static class NightSummary
{
    private const int ScoresShown = 3;

    public static string Render(string folder, Night night) => $"{Table(folder, night)}{(night.Gate is null ? "" : $"\n{GateTable.Render(night.Gate)}")}{Line(night)}\n";

    public static string RenderMarkdown(string folder, Night night) =>
        $"## {TextTable.Markdown(night.Plan)}, {night.Started.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}\n\n{Table(folder, night).ToMarkdown()}\n{(night.Gate is null ? "" : $"{GateTable.RenderMarkdown(night.Gate)}\n")}{TextTable.Markdown(Line(night))}\n";

    /// <summary>A case per cell, and one per check of the gate.</summary>
    public static IReadOnlyList<JUnitCase> Cases(Night night) =>
    [
        .. night.Cells.Select(c => new JUnitCase(c.Name, "finished", c.Tries.Sum(t => t.Duration.TotalSeconds), Error: c.Finished ? null : Remark(c))),
        .. night.Gate?.Checks.Select(JUnitFile.Of) ?? [],
    ];

    private static TextTable Table(string folder, Night night)
    {
        var table = new TextTable(("Run", false), ("State", false), ("Tries", true), ("Time", true), ("Score", false), ("Remark", false));
        foreach (NightCell cell in night.Cells)
            table.Add(cell.Name, State(cell), $"{cell.Tries.Count}", Duration(cell), Scores(folder, cell), Remark(cell) ?? "");
        return table;
    }

    private static string State(NightCell cell) => cell switch
    {
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

    private static string? Remark(NightCell cell) => cell.LeftOut ?? cell.Last?.Error ?? (cell.Finished ? cell.Last!.TimingDoubt : "was not started");

    private static string Duration(NightCell cell)
    {
        TimeSpan time = cell.Tries.Aggregate(TimeSpan.Zero, (sum, t) => sum + t.Duration);
        return $"{(int)time.TotalHours}:{time.Minutes:D2}:{time.Seconds:D2}";
    }

    private static string Scores(string folder, NightCell cell)
    {
        if (!cell.Finished || Night.Results(folder, cell) is not { } results)
            return "";
        JsonObject[] rows = [.. ResultsDocument.ReadRows(results).Where(r => (int)r["depth"]! == 0).DistinctBy(r => (string)r["name"]!)];
        string shown = string.Join(", ", rows.Take(ScoresShown).Select(r => string.Create(CultureInfo.InvariantCulture, $"{(string)r["alias"]!} {(double?)r["value"]:0.0000}")));
        return rows.Length > ScoresShown ? $"{shown} and {rows.Length - ScoresShown} more" : shown;
    }

    private static string Line(Night night)
    {
        int finished = night.Cells.Count(c => c.Finished);
        string rest = finished == night.Cells.Count ? "" : $"; not finished: {string.Join(", ", night.Cells.Where(c => !c.Finished).Select(c => c.Name))}";
        return $"{finished} of {night.Cells.Count} runs finished{rest}";
    }
}
