using System.Globalization;
using System.Text;
using EvalHarness.Data;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Code;

namespace EvalHarness.Running;

/// <summary>What <c>--write-out</c> shows: the prompt and the target of the first document of each task. It needs no model.</summary>
internal static class FirstPrompts
{
    /// <returns>The text, and the number of tasks of whose first document no prompt can be made; the text says why.</returns>
    /// <param name="options">What a run would be asked to do.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/> or <see cref="ExitCode.Data"/>: as for a run, as far as the first documents show it.
    /// </exception>
    public static async Task<(string Text, int Errored)> ReadAsync(RunOptions options, CancellationToken cancellationToken)
    {
        // The first document is the same whatever the limit is, and with a small one no other document is kept.
        RunOptions first = options.Samples is null ? options with { Limit = 1 } : options;
        using BoxedCode? code = TaskPython.Open(options);
        TaskCatalog catalog = TaskPython.Catalog(options, code, cancellationToken);
        using DocumentStore store = await DocumentStore
            .LoadAsync(
                new FileDatasetSource(DatasetRoots.Of(options.Datasets)),
                catalog.Select(options.Tasks).Runs(first),
                options.RequirePinned,
                cancellationToken)
            .ConfigureAwait(false);
        var text = new StringBuilder();
        int errored = 0;
        foreach (TaskRun task in store.Tasks)
        {
            PreparedDocument document = new PromptBuilder(task, Conversation.Of(options)).Attempt(task.Documents.First());
            if (document.Failure is { } failure)
            {
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"task {task.Definition.Name}, document {document.Id}, has no prompt: {failure.Message}\n\n");
                errored++;
                continue;
            }

            Append(text, task, document);
        }

        return (text.ToString(), errored);
    }

    private static void Append(StringBuilder text, TaskRun task, PreparedDocument document)
    {
        text.Append(
            CultureInfo.InvariantCulture,
            $"task {task.Definition.Name}, document {document.Id}, {task.NumFewShot} shots; the prompt begins on the next line"
            + $"{(document.Prompt.IsRendered ? "" : ", as turns, which the model's chat template will join")}\n");
        if (document.Prompt.Messages.Count == 0)
            text.Append(document.Prompt.Text).Append('\n');
        foreach (ChatMessage message in document.Prompt.Messages)
            text.Append(CultureInfo.InvariantCulture, $"[{message.Role}]\n{message.Content}\n");
        text.Append("the prompt ended on the line before; the target begins on the next line\n");
        string target = new FreeValue(document.Target).ToString();
        bool isIndex = document.Target is long index && index >= 0 && index < document.Choices.Count;
        text.Append(isIndex ? $"{target} ({document.Choices[(int)(long)document.Target!]})" : target);
        text.Append("\nthe target ended on the line before\n\n");
    }
}
