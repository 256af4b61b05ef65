using System.Text;
using EvalHarness.Data;
using EvalHarness.Prompts;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>A task's documents as one text: each prompt with its reference answer, as a shot shows it.</summary>
public static class TaskText
{
    /// <param name="tasks">Names, groups, tags or globs.</param>
    /// <param name="datasets">Root of the shards; null for the default.</param>
    /// <param name="includePaths">Folders with task files.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/> or <see cref="ExitCode.Data"/>: as for a run.</exception>
    public static async Task<string> ReadAsync(IReadOnlyList<string> tasks, string? datasets, IReadOnlyList<string> includePaths, CancellationToken cancellationToken)
    {
        TaskSelection selection = TaskCatalog.Load(includePaths).Select(tasks);
        DocumentStore store = await DocumentStore.LoadAsync(new ParquetDatasetSource(DatasetRoots.Of(datasets)), [.. selection.Tasks.Select(t => (t, 0))], limit: null, cancellationToken).ConfigureAwait(false);
        var text = new StringBuilder();
        foreach (TaskDefinition task in selection.Tasks)
        {
            var builder = new PromptBuilder(task, store[task].Shots, numFewShot: 0, seed: 0);
            foreach ((int id, Document document) in store[task].Evaluated.Index())
                text.Append(builder.Answered(id, document)).Append(task.FewShot.Delimiter);
        }

        return text.ToString();
    }
}
