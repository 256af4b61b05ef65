using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Scoring.Metrics;

namespace EvalHarness.Results;

/// <summary>
/// results.json in lm-evaluation-harness's layout, so that scripts for its files read ours, and a block "evalharness" with what
/// that layout has no place for.
/// </summary>
public static class ResultsDocument
{
    public static JsonObject Build(RunResults results) => new()
    {
        ["results"] = new JsonObject([.. results.Groups.Select(GroupEntry), .. results.Tasks.Select(TaskEntry)]),
        ["groups"] = new JsonObject(results.Groups.Select(GroupEntry)),
        ["group_subtasks"] = new JsonObject(results.Groups.Select(g => Pair(g.Group.Group.Name, Strings(g.Group.Leaves)))),
        ["configs"] = new JsonObject(results.Tasks.Select(t => Pair(t.Task.Name, Config(t)))),
        ["versions"] = new JsonObject([.. results.Groups.Select(g => Pair(g.Group.Group.Name, Document.ToNode(g.Group.Group.Version))), .. results.Tasks.Select(t => Pair(t.Task.Name, Document.ToNode(t.Task.Version)))]),
        ["n-shot"] = new JsonObject(results.Tasks.Select(t => Pair(t.Task.Name, JsonValue.Create(t.NumFewShot)))),
        ["higher_is_better"] = new JsonObject(results.Tasks.Select(t => Pair(t.Task.Name, new JsonObject(t.Metrics.DistinctBy(m => m.Metric).Select(m => Pair(m.Metric, JsonValue.Create(m.HigherIsBetter))))))),
        ["n-samples"] = new JsonObject(results.Tasks.Select(t => Pair(t.Task.Name, new JsonObject { ["original"] = t.Available, ["effective"] = t.Count }))),
        ["config"] = new JsonObject
        {
            ["model"] = results.Manifest.Model.Engine,
            ["model_args"] = results.Manifest.Model.ModelPath,
            ["batch_size"] = results.Manifest.Options.BatchSize is { } size ? size : "auto",
            ["device"] = results.Manifest.Model.Device,
            ["limit"] = results.Manifest.Options.Limit,
            ["random_seed"] = results.Manifest.Options.Seed,
            ["fewshot_seed"] = results.Manifest.Options.Seed,
        },
        ["git_hash"] = results.Manifest.Git?.Commit,
        ["date"] = results.Manifest.Sessions[0].Started.ToUnixTimeMilliseconds() / 1000.0,
        ["model_name"] = results.Manifest.Model.ModelName,
        ["total_evaluation_time_seconds"] = $"{results.Times.Total:0.###}",
        ["evalharness"] = new JsonObject
        {
            ["format_version"] = results.Manifest.FormatVersion,
            ["rows"] = new JsonArray([.. Rows(results)]),
            ["errored"] = new JsonObject(results.Tasks.Select(t => Pair(t.Task.Name, JsonValue.Create(t.Errored)))),
            ["first_error"] = new JsonObject(results.Tasks.Where(t => t.FirstError is not null).Select(t => Pair(t.Task.Name, JsonValue.Create(t.FirstError)))),
            ["work"] = new JsonObject(results.Tasks.Select(t => Pair(t.Task.Name, new JsonObject
            {
                ["usage"] = JsonSerializer.SerializeToNode(t.Usage, ResultsJson.Line),
                ["seconds"] = JsonSerializer.SerializeToNode(t.Times, ResultsJson.Line),
            }))),
            ["usage"] = JsonSerializer.SerializeToNode(results.Usage, ResultsJson.Line),
            ["seconds"] = JsonSerializer.SerializeToNode(results.Times, ResultsJson.Line),
        },
    };

    /// <summary>The lines of the table of a run that was read.</summary>
    internal static IEnumerable<JsonObject> ReadRows(JsonObject results) => results["evalharness"]!["rows"]!.AsArray().Select(r => (JsonObject)r!);

    /// <summary>The terminal's table, line by line: groups at their depth, each followed by its tasks.</summary>
    private static IEnumerable<JsonNode?> Rows(RunResults results)
    {
        var shown = new HashSet<string>();
        foreach (GroupResult group in results.Groups)
        {
            int depth = group.Group.Depth;
            foreach (JsonNode? row in group.Metrics.Select(m => Row(m, group.Group.Group.Name, group.Group.Group.Alias, depth, Document.ToNode(group.Group.Group.Version), shots: null)))
                yield return row;
            // The tasks of a group of groups stand under the inner ones.
            if (results.Groups.Any(g => g != group && g.Group.Depth > depth && g.Group.Leaves.All(group.Group.Leaves.Contains)))
                continue;
            foreach (TaskResult task in results.Tasks.Where(t => group.Group.Leaves.Contains(t.Task.Name) && shown.Add(t.Task.Name)))
            {
                foreach (MetricValue metric in task.Metrics)
                    yield return Row(metric, task.Task.Name, task.Task.Alias, depth + 1, Document.ToNode(task.Task.Version), task.NumFewShot);
            }
        }

        foreach (TaskResult task in results.Tasks.Where(t => shown.Add(t.Task.Name)))
        {
            foreach (MetricValue metric in task.Metrics)
                yield return Row(metric, task.Task.Name, task.Task.Alias, 0, Document.ToNode(task.Task.Version), task.NumFewShot);
        }
    }

    internal static JsonObject Row(MetricValue metric, string name, string alias, int depth, JsonNode? version, int? shots) => new()
    {
        ["name"] = name,
        ["alias"] = alias,
        ["depth"] = depth,
        ["version"] = version,
        ["filter"] = metric.Filter,
        ["n_shot"] = shots,
        ["metric"] = metric.Metric,
        ["higher_is_better"] = metric.HigherIsBetter,
        ["value"] = metric.Value,
        ["stderr"] = metric.StandardError,
        ["stderr_reference"] = metric.ReferenceStandardError,
        ["n"] = metric.Count,
        ["errored"] = metric.Errored,
    };

    private static KeyValuePair<string, JsonNode?> Pair(string key, JsonNode? value) => new(key, value);

    private static JsonArray Strings(IEnumerable<string> texts) => [.. texts.Select(t => (JsonNode?)t)];

    private static KeyValuePair<string, JsonNode?> TaskEntry(TaskResult task)
    {
        var entry = new JsonObject { ["name"] = task.Task.Name, ["alias"] = task.Task.Alias, ["sample_len"] = task.Count };
        AddMetrics(entry, task.Metrics);
        return Pair(task.Task.Name, entry);
    }

    private static KeyValuePair<string, JsonNode?> GroupEntry(GroupResult group)
    {
        var entry = new JsonObject { ["name"] = group.Group.Group.Name, ["alias"] = group.Group.Group.Alias, ["sample_len"] = group.Count };
        AddMetrics(entry, group.Metrics);
        return Pair(group.Group.Group.Name, entry);
    }

    /// <summary>"N/A" is the reference's word for a number that there is not.</summary>
    private static void AddMetrics(JsonObject entry, IEnumerable<MetricValue> metrics)
    {
        foreach (MetricValue metric in metrics)
        {
            entry[$"{metric.Metric},{metric.Filter}"] = metric.Value is { } value ? value : "N/A";
            entry[$"{metric.Metric}_stderr,{metric.Filter}"] = (metric.ReferenceStandardError ?? metric.StandardError) is { } error ? error : "N/A";
        }
    }

    /// <summary>The definition as written; what a function reference names is shown as text.</summary>
    private static JsonObject Config(TaskResult task)
    {
        var config = (JsonObject)Document.ToNode(task.Task.Config)!;
        config["num_fewshot"] = task.NumFewShot;
        return config;
    }
}
