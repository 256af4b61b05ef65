using EvalHarness.Nightly.Culprits;

namespace EvalHarness.Reports;

/// <summary>A search for the change that moved rows, for a terminal.</summary>
internal static class CulpritTable
{
    private const string None = "";

    public static string Render(CulpritReport report)
    {
        var table = new TextTable(
            ("Set back", false),
            ("Base", false),
            ("Candidate", false),
            ("Flipped rows that go back", true),
            ("Other rows that move", true),
            ("p Holm", true),
            ("Remark", false));
        CulpritTrial[] together = report.All is { } all ? [all] : [];
        foreach (CulpritTrial trial in report.Repeats.Concat(report.Changes).Concat(together))
        {
            bool isThere = trial.Failure is null;
            table.Add(
                trial.Name,
                trial.Change?.Base ?? None,
                trial.Change?.Candidate ?? None,
                isThere ? $"{trial.Back} of {trial.Flipped}" : None,
                isThere ? $"{trial.Moved} of {trial.Others}" : None,
                trial.AdjustedP is { } p ? TextTable.Number(p, "0.0000") : None,
                isThere ? None : $"not set back: {trial.Failure}");
        }

        string rows = report.Repeats.Count == 0 ? None : table.ToString();
        return $"{rows}{report.Flipped} of {report.Compared} rows flipped; {report.Sentence}\n";
    }
}
