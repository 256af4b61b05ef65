using EvalHarness.Data;
using EvalHarness.Tasks;
using EvalHarness.Templates;

namespace EvalHarness.Running;

/// <summary>
/// The columns of a split that a run reads. It reads all of them, because samples keep the whole document, but for columns of bytes
/// (images, audio) that no template of any task names: they can be most of a shard.
/// </summary>
internal static class WantedColumns
{
    /// <summary>Graders that look at nothing of a document but what the task's templates give.</summary>
    private static readonly string[] OfTemplates = ["multiple_choice", "generation", "log_likelihood"];

    /// <returns>The names of the columns; null for all.</returns>
    internal static IReadOnlySet<string>? Of(DatasetSplit split, IReadOnlyList<SplitUse> uses)
    {
        if (split.ByteColumns.Count == 0 || uses.Any(use => LooksAtWholeDocuments(use.Task)))
            return null;
        HashSet<string> named = [.. uses.SelectMany(Named)];
        return split.Columns.Where(column => named.Contains(column) || !split.ByteColumns.Contains(column)).ToHashSet();
    }

    /// <summary>
    /// Whether something reads documents that does not name the columns: a function, a grader of the user's, a sampler that draws by the
    /// content of a document, or one that leaves the document itself out of its examples.
    /// </summary>
    private static bool LooksAtWholeDocuments(TaskDefinition task) =>
        task.Functions.Count > 0
        || !OfTemplates.Contains(task.Grader)
        || task.FewShot.Sampler == FewShotSampling.PerDocument
        || task.FewShot.ExcludesDocument;

    private static IEnumerable<string> Named(SplitUse use)
    {
        (TaskDefinition task, FewShotDefinition shots) = (use.Task, use.Task.FewShot);
        TaskField?[] fields =
        [
            task.DocToText, task.DocToTarget, task.DocToChoice, task.Description, task.GenerationPrefix, task.ReferenceSolution,
            shots.DocToText, shots.DocToTarget, shots.DocToChoice, shots.GenerationPrefix,
        ];
        foreach (TaskField field in fields.OfType<TaskField>())
        {
            if (field.Source is { } source)
                yield return source;
            foreach (string name in field.Template is { } template ? VariableFinder.Names(template.Nodes) : [])
                yield return name;
        }

        foreach ((string column, _) in use.Where)
            yield return column;
    }
}
