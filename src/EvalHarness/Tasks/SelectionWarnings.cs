using System.Security.Cryptography;
using EvalHarness.Files;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Tasks;

/// <summary>What a selection should not pass over in silence.</summary>
public static class SelectionWarnings
{
    public static IEnumerable<string> Of(TaskCatalog catalog, TaskSelection selection)
    {
        if (selection.LeftOut.Count > 0)
            yield return $"{selection.LeftOut.Count} task(s) that match cannot run and are left out: {string.Join(", ", selection.LeftOut.Take(5).Select(l => l.Task))}{(selection.LeftOut.Count > 5 ? ", ..." : "")}; the first: {selection.LeftOut[0].Reason}";
        HashSet<string> selected = [.. selection.Tasks.Select(t => t.Name)];
        foreach (string duplicate in catalog.Duplicates.Where(d => selected.Contains(d[..d.IndexOf(' ', StringComparison.Ordinal)])))
            yield return duplicate;
        foreach (string module in selection.Tasks.SelectMany(t => t.Functions).Where(Differs).Select(f => f.Module).Distinct())
            yield return $"{module} differs from the version whose functions have equivalents here; numbers may differ from the reference's";
    }

    /// <summary>The Python file lies beside the task and is not one that the equivalents were checked against.</summary>
    private static bool Differs(FunctionReference function) =>
        FunctionCatalog.KnownVersions(function) is { Count: > 0 } known && File.Exists(function.Module)
        && !known.Contains(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(function.Module))));
}
