using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using EvalHarness.Data;
using EvalHarness.Engines;
using EvalHarness.Tasks;

namespace EvalHarness.Results;

/// <summary>Everything that decided a run's numbers, and where they were made. A run can be repeated from it.</summary>
public sealed record Manifest
{
    public const int CurrentFormatVersion = 1;

    private const string JudgePrefix = "judge's ";

    public int FormatVersion { get; init; } = CurrentFormatVersion;

    /// <summary>The run's options; --resume starts from these.</summary>
    public required RunOptions Options { get; init; }

    public required EngineDescription Model { get; init; }

    /// <summary>The model that grades; null where no task is graded by one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EngineDescription? Judge { get; init; }

    /// <summary>The day that the chat template wrote as today; null where it wrote none. A run of another day has other prompts.</summary>
    [JsonIgnore]
    internal string? TemplateDay => Options.TemplateDate ?? Model.Settings.GetValueOrDefault(EngineDescription.TemplateDate);

    public required IReadOnlyList<DatasetRecord> Datasets { get; init; }

    public required IReadOnlyList<TaskRecord> Tasks { get; init; }

    /// <summary>The groups that report tasks.</summary>
    public IReadOnlyList<GroupRecord> Groups { get; init; } = [];

    /// <summary>Files of the user that grade: assemblies of <c>--plugin</c>, and files that a <c>grader_command</c> names.</summary>
    public IReadOnlyList<ModelFile> GraderFiles { get; init; } = [];

    public required Machine Machine { get; init; }

    /// <summary>EvalHarness, .NET and Parquet, by name.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    /// <summary>State of the folder that the run was started in; null outside a repository.</summary>
    public GitState? Git { get; init; }

    /// <summary>What ran model-written code, or the Python of task files; null where no task does.</summary>
    public string? Sandbox { get; init; }

    /// <summary>The Python of task files that ran; null where none did.</summary>
    public TaskCodeRecord? TaskCode { get; init; }

    /// <summary>
    /// Whether each line of <c>responses.jsonl</c> has a checksum. It is false for runs of versions that wrote none.
    /// </summary>
    [JsonPropertyName("response_checksums")]
    public bool HasResponseChecksums { get; init; }

    /// <summary>Of what this run is a part; null for a run in one piece, and for one that was joined from parts.</summary>
    public PartRecord? Part { get; init; }

    /// <summary>One per start: the first, and each resumption; of a run that was joined from parts, those of all parts.</summary>
    public required IReadOnlyList<RunSession> Sessions { get; init; }

    /// <summary>What makes shards others than the pinned ones, a sentence for each.</summary>
    internal IEnumerable<string> Departures => Datasets.SelectMany(d => d.Shards).Select(s => s.Departure).OfType<string>();

    /// <summary>
    /// How the engine's versions differ from an earlier run's, in words; null where they are the same. Numbers of quantized models
    /// change from version to version.
    /// </summary>
    public string? EngineChange(Manifest earlier)
    {
        static string Version(Manifest manifest, string name) => manifest.Model.Versions.GetValueOrDefault(name, "none");
        string[] changes =
        [
            .. earlier.Model.Versions.Keys.Union(Model.Versions.Keys)
                .Order(StringComparer.Ordinal)
                .Where(name => Version(earlier, name) != Version(this, name))
                .Select(name => $"{name} {Version(earlier, name)} → {Version(this, name)}"),
        ];
        return changes.Length == 0 ? null : $"the engine changed: {string.Join(", ", changes)}";
    }

    /// <summary>
    /// Which data the two runs read in another version, in words: a score that changed with its data says nothing of the model. Null where
    /// all that both read is the same.
    /// </summary>
    internal string? DataChange(Manifest earlier)
    {
        Dictionary<string, string> before = Shards(earlier);
        string[] changed = [.. Shards(this).Where(s => before.TryGetValue(s.Key, out string? was) && was != s.Value).Select(s => s.Key)];
        return changed.Length == 0 ? null : $"the data changed: {string.Join(", ", changed)}";

        static Dictionary<string, string> Shards(Manifest manifest) => manifest.Datasets
            .GroupBy(d => $"{d.Path}{(d.Config is null ? "" : $"/{d.Config}")} {d.Split}")
            .ToDictionary(g => g.Key, g => string.Join(' ', g.SelectMany(d => d.Shards).Select(s => s.Sha256)));
    }

    /// <summary>
    /// Which judges graded the two runs, in words, where they are not the same: the difference of scores is theirs too. Null where they
    /// are, and where no model graded one of the runs.
    /// </summary>
    internal string? JudgeChange(Manifest earlier)
    {
        if (Judge is null || earlier.Judge is null || Identity(Judge, JudgePrefix).SequenceEqual(Identity(earlier.Judge, JudgePrefix)))
            return null;
        return Judge.ModelName == earlier.Judge.ModelName
            ? $"the judge changed: {Judge.ModelName} has other files, settings or versions"
            : $"the judge changed: {earlier.Judge.ModelName} → {Judge.ModelName}";
    }

    /// <summary>
    /// What must be equal, besides the options that decide numbers (<see cref="RunOptions.Deciding"/>), for a resumed run to give the
    /// numbers of an uninterrupted one.
    /// </summary>
    public IEnumerable<KeyValuePair<string, string>> Identity()
    {
        yield return new("format version", $"{FormatVersion}");
        foreach (KeyValuePair<string, string> part in Identity(Model, ""))
            yield return part;
        foreach (KeyValuePair<string, string> part in Judge is null ? [] : Identity(Judge, JudgePrefix))
            yield return part;
        yield return new("EvalHarness", Versions.GetValueOrDefault("EvalHarness", ""));
        foreach (ModelFile file in GraderFiles)
            yield return new($"grader file {file.Name}", file.Sha256);
        foreach (KeyValuePair<string, string> part in TaskCode?.Identity() ?? [])
            yield return part;
        foreach (GroupRecord group in Groups)
            yield return new($"group {group.Name}", $"definition {group.Sha256}");
        foreach (TaskRecord task in Tasks)
            yield return new($"task {task.Name}", $"definition {task.Sha256}, {task.NumFewShot} shots, {task.Documents} documents");
        foreach (DatasetRecord dataset in Datasets)
        {
            foreach (DatasetShard shard in dataset.Shards)
                yield return new($"shard {shard.File}", shard.Sha256);
        }
    }

    /// <summary>What tells a model from another one that could answer otherwise.</summary>
    /// <param name="model">That answers, or that grades.</param>
    /// <param name="whose">Stands before each name; empty for the model that answers.</param>
    internal static IEnumerable<KeyValuePair<string, string>> Identity(EngineDescription model, string whose)
    {
        yield return new($"{whose}engine", model.Engine);
        yield return new($"{whose}device", model.Device);
        // The judge of an endpoint has no files that could tell it from another one.
        if (whose.Length > 0)
            yield return new($"{whose}name", model.ModelName);
        foreach (ModelFile file in model.Files)
            yield return new($"{whose}model file {file.Name}", file.Sha256);
        if (model.Adapter is { } adapter)
            yield return new($"{whose}adapter {adapter.Name}", adapter.Sha256);
        foreach ((string name, string value) in model.Settings)
            yield return new($"{whose}{name}", value);
        foreach ((string name, string value) in model.Versions)
            yield return new($"{whose}{name}", value);
    }
}

/// <summary>Says of what a run is a part.</summary>
/// <param name="Number">From 1 to <paramref name="Of"/>.</param>
/// <param name="Of">The number of parts.</param>
/// <param name="Whole">A hash of what decides the numbers of the whole run, in lower-case hexadecimal: all its parts have the same.</param>
public sealed record PartRecord(int Number, int Of, string Whole);

/// <summary>What a part of a run has.</summary>
/// <param name="Documents">Of all tasks together.</param>
/// <param name="Errored">Those that have no score under at least one filter.</param>
public sealed record PartOutcome(int Documents, int Errored);

/// <summary>A group of the run.</summary>
/// <param name="Name">The name of the group.</param>
/// <param name="Sha256">Over its tasks, its metrics with their weights, and its version, in lower-case hexadecimal.</param>
public sealed record GroupRecord(string Name, string Sha256)
{
    internal static GroupRecord Of(SelectedGroup group)
    {
        string text = JsonSerializer.Serialize(new { group.Leaves, group.Group.Metrics, Version = $"{group.Group.Version}" });
        return new GroupRecord(group.Group.Name, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }
}

public sealed record TaskRecord
{
    internal static TaskRecord Of(TaskRun task) => new()
    {
        Name = task.Definition.Name,
        Sha256 = task.Definition.Sha256,
        Source = task.Definition.Source,
        NumFewShot = task.NumFewShot,
        Documents = task.Documents.Count,
        Available = task.Available,
    };

    public required string Name { get; init; }

    public required string Sha256 { get; init; }

    public required string Source { get; init; }

    public required int NumFewShot { get; init; }

    /// <summary>Documents evaluated.</summary>
    public required int Documents { get; init; }

    /// <summary>Documents there are, without --limit.</summary>
    public required int Available { get; init; }
}

public sealed record RunSession
{
    /// <summary>The value of <see cref="End"/> for a session that has answered everything.</summary>
    public const string Finished = "finished";

    /// <summary>The value of <see cref="End"/> for a session that was told to stop.</summary>
    public const string Interrupted = "interrupted";

    /// <summary>The value of <see cref="End"/> for a session that had spent what <c>--max-cost</c> allows.</summary>
    public const string Budget = "budget";

    /// <summary>The value of <see cref="End"/> for a session that ended because the engine could answer no more.</summary>
    public const string Failed = "failed";

    /// <summary>The program's arguments.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    public required DateTimeOffset Started { get; init; }

    /// <summary>Null while it runs, and for ever if it was cut off.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>"finished", "interrupted", "budget" or "failed"; null if it was cut off.</summary>
    public string? End { get; init; }

    /// <summary>What the engine sent over the network, by "host:port"; empty if it sent nothing.</summary>
    public IReadOnlyDictionary<string, HostTraffic> Network { get; init; } = new Dictionary<string, HostTraffic>();

    /// <summary>What this session cost, in the currency of <c>--prices</c>; null without prices.</summary>
    public double? Spent { get; init; }

    /// <summary>
    /// What this session spent. It is written down every few seconds (<see cref="SessionCheckpoints.Interval"/>), as are
    /// <see cref="Network"/> and <see cref="Spent"/>, so that of a session that was cut off only what came after is missing. Null for
    /// sessions of versions that did not write it.
    /// </summary>
    public RunWork? Work { get; init; }

    /// <summary>The part that this session computed, in a run that was joined from parts; null in any other.</summary>
    public int? Part { get; init; }

    /// <summary>What a session that finished a part has computed; null for any other.</summary>
    public PartOutcome? Outcome { get; init; }

    /// <summary>
    /// The samples of each task and results.json, as a session that finished wrote them. Of one that did not, the samples of the tasks that
    /// it graded without an error; a later session does not grade them again.
    /// </summary>
    public IReadOnlyList<ModelFile> Files { get; init; } = [];
}
