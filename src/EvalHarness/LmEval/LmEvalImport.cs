using EvalHarness.Engines;
using EvalHarness.Results;

namespace EvalHarness.LmEval;

/// <summary>Makes a run folder of lm-evaluation-harness's samples, to be shown, compared and graded again like any other run.</summary>
internal static class LmEvalImport
{
    /// <param name="files">samples_TASK_TIME.jsonl, one per task.</param>
    /// <param name="samples">What is in the files.</param>
    /// <param name="folder">A new folder, with its lock.</param>
    /// <param name="manifest">Has the tasks that the files hold; the engine's name says where the answers came from.</param>
    /// <param name="time">Tells the journal when to write to the disk.</param>
    /// <param name="cancellationToken">Stops between tasks.</param>
    public static async Task WriteAsync(
        IReadOnlyList<string> files,
        IReadOnlyList<LmEvalSamples> samples,
        RunFolder folder,
        Manifest manifest,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        // First, so that no journal is ever without the manifest that says what it is.
        await folder.WriteManifestAsync(manifest).ConfigureAwait(false);
        using (Journal journal = await Journal.OpenAsync(folder, manifest, time, cancellationToken).ConfigureAwait(false))
        {
            foreach (LmEvalSamples task in samples)
            {
                foreach ((Prompts.Request request, Response response) in task.Answers)
                    journal.Append(request, response);
                await folder.WriteSamplesAsync(task.Task, task.Rows, cancellationToken).ConfigureAwait(false);
            }
        }

        await folder.WriteResultsAsync(Report(files, samples), cancellationToken).ConfigureAwait(false);
    }

    private static RunReport Report(IReadOnlyList<string> files, IReadOnlyList<LmEvalSamples> samples) => new()
    {
        Results = samples.ToDictionary(s => s.Task, s => ReportEntry.Of(s.Task, s.Task, s.Rows.Count, s.Metrics)),
        DocumentCounts = samples.ToDictionary(s => s.Task, s => new DocumentCount(s.Rows.Count, s.Rows.Count)),
        Settings = new Dictionary<string, FreeValue>
        {
            ["model"] = new("lm-evaluation-harness"),
            ["model_args"] = new(string.Join(", ", files)),
        },
        Harness = new HarnessReport
        {
            Rows = [.. samples.SelectMany(s => s.Metrics.Select(m => ScoreRow.Of(m, s.Task, s.Task, depth: 0, "imported", shots: null)))],
        },
    };
}
