using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EvalHarness.Analysis.Comparing;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.History;

/// <summary>What the index keeps of a finished run.</summary>
public sealed record HistoryEntry
{
    /// <summary>Its folder, relative to the index, with forward slashes.</summary>
    public required string Run { get; init; }

    /// <summary>Sizes and times of its files: others, and it is read again.</summary>
    public required string Stamp { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required string Model { get; init; }

    public required string Device { get; init; }

    /// <summary>What may explain a step, by name: model files, packages, machine, batch size.</summary>
    public required IReadOnlyDictionary<string, string> Circumstances { get; init; }

    /// <summary>Tokens per second; null where none were computed.</summary>
    public double? Prefill { get; init; }

    public double? Decode { get; init; }

    /// <summary>Bytes; 0 where no model ran.</summary>
    public long PeakMemory { get; init; }

    /// <summary>Groups and tasks that stand alone.</summary>
    public required IReadOnlyList<HistoryScore> Scores { get; init; }

    internal static HistoryEntry Of(RunFolder folder, string run, string stamp)
    {
        Manifest manifest = folder.ReadManifest();
        JsonObject results = folder.ReadResults();
        var cost = ComparedRun.Of(new RunSamples(folder));
        return new HistoryEntry
        {
            Run = run,
            Stamp = stamp,
            Started = manifest.Sessions[0].Started,
            Model = manifest.Model.ModelName,
            Device = manifest.Model.Device,
            Circumstances = new Dictionary<string, string>(
            [
                new("model files", Short(manifest.Model.Files.Select(f => f.Name + f.Sha256))),
                .. manifest.Model.Versions,
                .. manifest.Versions,
                new("machine", $"{manifest.Machine.Cpu}, {manifest.Machine.Cores} cores{(manifest.Machine.Gpu is { } gpu ? $", {gpu}" : "")}"),
                new("batch size", manifest.Options.BatchSize?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "auto"),
            ]),
            Prefill = cost.Prefill,
            Decode = cost.Decode,
            PeakMemory = cost.PeakMemory,
            Scores = [.. ResultsDocument.ReadRows(results).Where(r => (int)r["depth"]! == 0 && r["value"] is not null).Select(r => Score(r, manifest, results))],
        };
    }

    private static HistoryScore Score(JsonNode row, Manifest manifest, JsonObject results)
    {
        string name = (string)row["name"]!;
        HashSet<string> tasks = results["group_subtasks"]?[name] is JsonArray members ? [.. members.Select(m => (string)m!)] : [name];
        return new HistoryScore
        {
            Task = name,
            Metric = (string)row["metric"]!,
            Filter = (string)row["filter"]!,
            HigherIsBetter = (bool)row["higher_is_better"]!,
            Value = (double)row["value"]!,
            StandardError = (double?)row["stderr"],
            Count = (int)row["n"]!,
            TaskHash = Short(manifest.Tasks.Where(t => tasks.Contains(t.Name)).Select(t => $"{t.Name} {t.Sha256} {t.NumFewShot}")),
            DataHash = Short(manifest.Datasets.SelectMany(d => d.Shards).Select(s => s.File + s.Sha256)),
        };
    }

    /// <summary>Enough of a hash to tell two apart.</summary>
    private static string Short(IEnumerable<string> parts) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts.Order(StringComparer.Ordinal)))))[..12];
}

public sealed record HistoryScore
{
    public required string Task { get; init; }

    public required string Metric { get; init; }

    public required string Filter { get; init; }

    public required bool HigherIsBetter { get; init; }

    public required double Value { get; init; }

    public double? StandardError { get; init; }

    public required int Count { get; init; }

    /// <summary>Of the definitions and shots of its tasks.</summary>
    public required string TaskHash { get; init; }

    /// <summary>Of the shards that the run read.</summary>
    public required string DataHash { get; init; }

    [JsonIgnore]
    public Interval? Interval => Scoring.Statistics.Interval.OfMean(Value, Count, StandardError);
}
