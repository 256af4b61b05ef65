using System.Text.Json;
using EvalHarness.Analysis.Comparing;
using EvalHarness.Files;
using EvalHarness.Reports;
using EvalHarness.Results;

namespace EvalHarness.Cli.Processes;

/// <summary>What several runs in one folder have come to, beside each other.</summary>
internal static class MatrixComparison
{
    /// <summary>Compares the finished runs of each set with the first of it, and prints that.</summary>
    /// <param name="folder">The folder of all runs.</param>
    /// <param name="json">One document with all results and comparisons.</param>
    /// <param name="brief">Without the tasks of groups.</param>
    /// <param name="output">For results.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal static async Task WriteAsync(
        MatrixFolder folder, bool json, bool brief, TextWriter output, CancellationToken cancellationToken)
    {
        FinishedRun[] finished =
        [
            .. folder.Entries
                .Select(e => new RunFolder(folder.FolderOf(e)))
                .Where(r => File.Exists(r.ResultsFile))
                .Select(FinishedRun.Read),
        ];
        var comparisons = new List<Comparison>();
        foreach (IReadOnlyList<MatrixEntry> same in folder.Sets)
        {
            string[] names = [.. same.Select(folder.FolderOf)];
            FinishedRun[] set = [.. finished.Where(r => names.Contains(r.Name)).OrderBy(r => Array.IndexOf(names, r.Name))];
            bool hasScores = set.Length > 1 && set.All(r => !r.Report.Harness.PredictOnly);
            // Of several models any can be the base; of adapters only the model without one.
            bool hasBase = !folder.HasAdapters || (set.Length > 0 && set[0].Name == names[0]);
            PriceFile? prices = same[0].Options.Prices is { } file ? PriceFile.Read(file) : null;
            if (hasScores && hasBase)
                comparisons.AddRange(await Comparison.OfAllAsync(set, cancellationToken, prices).ConfigureAwait(false));
        }

        await output.WriteAsync(json
            ? JsonSerializer.Serialize(
                new { Runs = finished.Select(r => r.Report), Comparisons = comparisons }, ResultsJson.Indented) + "\n"
            : comparisons.Count == 0 ? "" : "\n" + ComparisonTable.Render(comparisons, brief)).ConfigureAwait(false);
    }
}
