namespace EvalHarness.Tasks;

/// <summary>
/// Metadata that the user gives for all tasks with <c>--metadata</c>. As in lm-evaluation-harness it joins the <c>metadata</c> of every
/// task and group and wins over what stands there; <c>version</c> is then the version that results show. A task's hash stays that of its
/// file, because the option itself is part of a run's identity.
/// </summary>
internal static class TaskMetadata
{
    private const string Key = "metadata", Version = "version";

    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: neither a JSON object nor KEY=VALUE.</exception>
    /// <returns>The metadata with the keys in ordinal order, so that equal metadata are equal texts.</returns>
    internal static IReadOnlyDictionary<string, object?> Parse(string text) => new OrderedDictionary<string, object?>(
        SettingsText.Parse("--metadata", text, "max_seq_lengths=4096,note=first").OrderBy(m => m.Key, StringComparer.Ordinal));

    internal static TaskDefinition Over(TaskDefinition task, IReadOnlyDictionary<string, object?> metadata)
    {
        if (metadata.Count == 0)
            return task;
        var joined = new OrderedDictionary<string, object?>(
            task.Config.GetValueOrDefault(Key) as IReadOnlyDictionary<string, object?> ?? new Dictionary<string, object?>());
        foreach ((string key, object? value) in metadata)
            joined[key] = value;
        var config = new OrderedDictionary<string, object?>(task.Config) { [Key] = joined };
        return task with { Config = config, Version = metadata.GetValueOrDefault(Version) ?? task.Version };
    }

    internal static TaskGroup Over(TaskGroup group, IReadOnlyDictionary<string, object?> metadata) =>
        metadata.GetValueOrDefault(Version) is { } version ? group with { Version = version } : group;
}
