using System.Text;
using EvalHarness.Data;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>The documents of tasks as one text: each prompt with its reference answer, as a few-shot example shows it.</summary>
internal static class TaskText
{
    /// <param name="options">Names the tasks, the folders with task files and the datasets; the other options have no effect.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/> or <see cref="ExitCode.Data"/>: as for a run.</exception>
    public static async Task<string> ReadAsync(RunOptions options, CancellationToken cancellationToken)
    {
        TaskSelection selection = TaskCatalog.Load(options.IncludePaths).Select(options.Tasks);
        var source = new FileDatasetSource(DatasetRoots.Of(options.Datasets));
        using DocumentStore store = await DocumentStore
            .LoadAsync(source, selection.Runs(numFewShot: 0, seed: 0), requirePinned: false, cancellationToken)
            .ConfigureAwait(false);
        var text = new StringBuilder();
        foreach (TaskRun task in store.Tasks)
        {
            var builder = new PromptBuilder(task);
            foreach (NumberedDocument document in builder.Ahead(task.Documents))
                text.Append(builder.Answered(document)).Append(task.Definition.FewShot.Delimiter);
        }

        return text.ToString();
    }
}
