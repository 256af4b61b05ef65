using System.Text.Json;
using EvalHarness.Cli.Processes;
using EvalHarness.Files;
using EvalHarness.Nightly;
using EvalHarness.Reports;

namespace EvalHarness.Cli.Commands;

/// <summary>What <c>nightly --check</c> prints: what a start of the plan would do now.</summary>
/// <param name="opening">What a start would find.</param>
internal sealed class NightlyCheck(NightOpening opening)
{
    /// <summary>Success, or <see cref="ExitCode.NightIncomplete"/> if runs are known to fail.</summary>
    internal ExitCode ExitCode => opening.Problems.Count > 0 || opening.Cells.Any(c => c.Step == CellStep.Stays && !c.Cell.Finished)
        ? ExitCode.NightIncomplete
        : ExitCode.Success;

    internal string Render()
    {
        var table = new TextTable(("Run", false), ("Documents", true), ("Where", false), ("A start", false), ("Because", false));
        foreach (CellStart cell in opening.Cells)
        {
            string documents = Documents(cell) is { } rows ? TextTable.Number(rows) : "";
            table.Add(cell.Cell.Name, documents, opening.PlaceOf(cell.Cell).Text, Does(cell), Why(cell) ?? "");
        }

        int runs = opening.Cells.Count(c => c.Step is not (CellStep.Stays or CellStep.Waits) && Problem(c) is null);
        return $"{table}{runs} of {opening.Cells.Count} runs would be started, in {opening.Folder}\n";
    }

    internal string Json() => JsonSerializer.Serialize(
        new
        {
            Plan = opening.Plan.File,
            opening.Folder,
            Cells = opening.Cells.Select(c => new
            {
                c.Cell.Name,
                Folder = c.Cell.RunName,
                Where = opening.PlaceOf(c.Cell).Text,
                Step = Problem(c) is null ? $"{c.Step}" : "Fails",
                Why = Why(c),
                Documents = opening.Data.GetValueOrDefault(c.Cell.Name)?.Rows,
            }),
            opening.Warnings,
        },
        ResultsJson.Indented) + "\n";

    private string Does(CellStart cell) => Problem(cell) is null ? cell.Does : "fails at once";

    private string? Why(CellStart cell) => Problem(cell)?.Message ?? cell.Why;

    private EvalException? Problem(CellStart cell) => opening.Problems.GetValueOrDefault(cell.Cell.Name);

    private int? Documents(CellStart cell) =>
        opening.Data.GetValueOrDefault(cell.Cell.Name) is { Rows.Count: > 0 } data ? data.Rows.Values.Sum() : null;
}
