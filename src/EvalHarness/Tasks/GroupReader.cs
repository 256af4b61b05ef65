using EvalHarness.Files;

namespace EvalHarness.Tasks;

/// <summary>
/// Reads groups: their members, the metrics that they aggregate, and the keys that they set for their tasks.
/// </summary>
internal static class GroupReader
{
    private static readonly HashSet<string> Own = ["group", "group_alias", "task", "aggregate_metric_list", "metadata", "tag"];

    internal static TaskGroup Read(TaskFile file)
    {
        string name = TaskReader.Text(file, "group")!;
        return new TaskGroup
        {
            Name = name,
            Alias = TaskReader.Text(file, "group_alias") ?? name,
            Members = [.. Members(file, name)],
            Overrides = file.Values.Where(v => !Own.Contains(v.Key)).ToDictionary(),
            Metrics = [.. Metrics(file).Select(entry => Metric(file, entry))],
            Version = TaskReader.Map(file, "metadata").GetValueOrDefault("version") ?? "N/A",
            Source = file.Source,
        };
    }

    private static IEnumerable<GroupMember> Members(TaskFile file, string group)
    {
        IReadOnlyList<object?> members = file.Values.GetValueOrDefault("task") switch
        {
            null => [],
            string one => [one],
            IReadOnlyList<object?> list => list,
            _ => throw file.Error("task", "expected a name or a list of names and tasks"),
        };
        foreach (object? member in members)
        {
            yield return member switch
            {
                string name => new GroupMember(name, new Dictionary<string, object?>()),
                IReadOnlyDictionary<string, object?> map when map.GetValueOrDefault("group") is string name =>
                    Inner(file, group, name, map),
                IReadOnlyDictionary<string, object?> map when map.GetValueOrDefault("task") is string name =>
                    new GroupMember(name, map.Where(m => m.Key != "task").ToDictionary()),
                _ => throw file.Error("task", "expected names, or maps with the key task or group"),
            };
        }
    }

    /// <summary>
    /// Reads a group inside another group. If a group of this name exists, the keys override those of that group. Otherwise they
    /// define a new group, which is named after both.
    /// </summary>
    private static GroupMember Inner(TaskFile file, string group, string name, IReadOnlyDictionary<string, object?> map)
    {
        var inline = new TaskFile(file.Source);
        foreach ((string key, object? value) in map)
            inline.Add(key, key == "group" ? $"{group}::{name}" : value, file.Place("task"));
        return new GroupMember(name, map.Where(m => m.Key is not ("group" or "task")).ToDictionary(), Read(inline));
    }

    private static IReadOnlyList<object?> Metrics(TaskFile file) => file.Values.GetValueOrDefault("aggregate_metric_list") switch
    {
        null => [],
        IReadOnlyDictionary<string, object?> one => [one],
        IReadOnlyList<object?> list => list,
        _ => throw file.Error("aggregate_metric_list", "expected a list"),
    };

    private static GroupMetric Metric(TaskFile file, object? entry)
    {
        if (entry is not IReadOnlyDictionary<string, object?> map)
            throw file.Error("aggregate_metric_list", "expected entries with the key metric");
        // A function has no name in results, so that no task has such a metric.
        string metric = map.GetValueOrDefault("metric") switch
        {
            string name => name,
            FunctionReference function => function.ToString(),
            _ => throw file.Error("aggregate_metric_list", "expected entries with the key metric"),
        };
        // As in lm-evaluation-harness, a function is accepted here but the mean is computed.
        if (map.GetValueOrDefault("aggregation") is { } aggregation and not ("mean" or FunctionReference))
            throw file.Error("aggregate_metric_list", $"aggregation {aggregation} is not known for groups; expected mean");
        IReadOnlyList<string>? filters = map.GetValueOrDefault("filter_list") switch
        {
            null => null,
            string one => [one],
            IReadOnlyList<object?> many => [.. many.Cast<string>()],
            _ => throw file.Error("aggregate_metric_list", "filter_list: expected a name or a list of names"),
        };
        return new GroupMetric(metric, map.GetValueOrDefault("weight_by_size") is not false, filters);
    }
}
