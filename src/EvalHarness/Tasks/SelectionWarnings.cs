using System.Security.Cryptography;
using EvalHarness.Files;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Tasks;

/// <summary>Finds problems of a selection of tasks that do not stop a run but that the user should know about.</summary>
internal static class SelectionWarnings
{
    /// <summary>Returns one line per problem.</summary>
    public static IEnumerable<string> Of(TaskCatalog catalog, TaskSelection selection)
    {
        int leftOut = selection.LeftOut.Count;
        if (leftOut > 0)
        {
            string names = string.Join(", ", selection.LeftOut.Take(5).Select(l => l.Task)) + (leftOut > 5 ? ", ..." : "");
            yield return $"{leftOut} task(s) that match cannot run and are left out: {names}; the first: {selection.LeftOut[0].Reason}";
        }

        HashSet<string> selected = [.. selection.Tasks.Select(t => t.Name)];
        foreach (string duplicate in catalog.Duplicates.Where(d => selected.Contains(d[..d.IndexOf(' ', StringComparison.Ordinal)])))
            yield return duplicate;
        foreach (string module in selection.Tasks.SelectMany(t => t.Functions).Where(Differs).Select(f => f.Module).Distinct())
        {
            yield return $"{module} differs from the version whose functions have equivalents here; "
                + "scores can differ from those of lm-evaluation-harness";
        }
    }

    /// <summary>
    /// Says whether the Python file beside the task is none of the versions that the equivalents were checked against.
    /// </summary>
    private static bool Differs(FunctionReference function) =>
        FunctionCatalog.KnownVersions(function) is { Count: > 0 } known
        && File.Exists(function.Module)
        && !known.Contains(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(function.Module))));
}
