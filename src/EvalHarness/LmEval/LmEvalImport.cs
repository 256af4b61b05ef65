using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Engines;
using EvalHarness.Files;
using EvalHarness.Results;
using EvalHarness.Scoring.Metrics;

namespace EvalHarness.LmEval;

/// <summary>A run folder out of lm-evaluation-harness's samples: shown, compared and graded again like a run of our own.</summary>
public static class LmEvalImport
{
    /// <param name="files">samples_TASK_TIME.jsonl, one per task.</param>
    /// <param name="samples">What is in them.</param>
    /// <param name="folder">New.</param>
    /// <param name="manifest">With the tasks that the files hold; the engine's name says where the answers came from.</param>
    /// <param name="time">For the journal.</param>
    /// <param name="cancellationToken">Stops between tasks.</param>
    public static async Task WriteAsync(IReadOnlyList<string> files, IReadOnlyList<LmEvalSamples> samples, RunFolder folder, Manifest manifest, TimeProvider time, CancellationToken cancellationToken)
    {
        using (Journal journal = await Journal.OpenAsync(folder.JournalFile, time, cancellationToken).ConfigureAwait(false))
        {
            foreach (LmEvalSamples task in samples)
            {
                foreach ((Prompts.Request request, Response response) in task.Answers)
                    journal.Append(request, response);
                await folder.WriteSamplesAsync(task.Task, task.Rows, cancellationToken).ConfigureAwait(false);
            }
        }

        await folder.WriteManifestAsync(manifest).ConfigureAwait(false);
        await folder.WriteResultsAsync(Results(files, samples), cancellationToken).ConfigureAwait(false);
    }

    private static JsonObject Results(IReadOnlyList<string> files, IReadOnlyList<LmEvalSamples> samples)
    {
        var results = new JsonObject();
        var rows = new JsonArray();
        foreach (LmEvalSamples task in samples)
        {
            var entry = new JsonObject { ["name"] = task.Task, ["alias"] = task.Task, ["sample_len"] = task.Rows.Count };
            foreach (MetricValue metric in task.Metrics)
            {
                entry[$"{metric.Metric},{metric.Filter}"] = metric.Value;
                entry[$"{metric.Metric}_stderr,{metric.Filter}"] = metric.StandardError is { } error ? error : "N/A";
                rows.Add(ResultsDocument.Row(metric, task.Task, task.Task, 0, "imported", shots: null));
            }

            results[task.Task] = entry;
        }

        return new JsonObject
        {
            ["results"] = results,
            ["n-samples"] = new JsonObject(samples.Select(s => KeyValuePair.Create(s.Task, (JsonNode?)new JsonObject { ["original"] = s.Rows.Count, ["effective"] = s.Rows.Count }))),
            ["config"] = new JsonObject { ["model"] = "lm-evaluation-harness", ["model_args"] = string.Join(", ", files) },
            ["evalharness"] = new JsonObject
            {
                ["format_version"] = Manifest.CurrentFormatVersion,
                ["rows"] = rows,
                ["errored"] = new JsonObject(),
                ["first_error"] = new JsonObject(),
                ["work"] = new JsonObject(),
                ["usage"] = JsonSerializer.SerializeToNode(new EngineUsage(), ResultsJson.Line),
                ["seconds"] = JsonSerializer.SerializeToNode(new RunTimes(), ResultsJson.Line),
            },
        };
    }
}
