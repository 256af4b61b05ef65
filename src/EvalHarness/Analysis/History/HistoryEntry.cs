using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.History;

/// <summary>What the index keeps of a finished run.</summary>
internal sealed record HistoryEntry
{
    /// <summary>The format of these entries. It rises when what they keep changes.</summary>
    public const int CurrentFormat = 5;

    /// <summary>Options that change what a model is asked or how its answer is read, and that no hash of files or tasks shows.</summary>
    private static readonly string[] OfAnswers =
    [
        "--apply-chat-template", "--chat-template-kwargs", "--enable-thinking", "--system-instruction", "--fewshot-as-multiturn",
        "--think-end-token", "--truncation", "--add-bos-token", "--tokenizer", "--max-length", "--seed",
    ];

    public required int Format { get; init; }

    /// <summary>Its folder, relative to the index, with forward slashes.</summary>
    public required string Run { get; init; }

    /// <summary>Sizes and times of its files; when they change, the run is read again.</summary>
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
        var finished = FinishedRun.Read(folder);
        Manifest manifest = finished.Manifest;
        RunCost cost = finished.Report.Harness.Cost;
        return new HistoryEntry
        {
            Format = CurrentFormat,
            Run = run,
            Stamp = stamp,
            Started = manifest.Sessions[0].Started,
            Model = manifest.Model.ModelName,
            Device = manifest.Model.Device,
            Circumstances = new Dictionary<string, string>(
            [
                new("model files", Short(manifest.Model.Weights().Select(f => f.Name + f.Sha256))),
                .. manifest.Model.Versions,
                .. manifest.Versions,
                new("machine", MachineText(manifest.Machine)),
                new("batch size", manifest.Options.BatchSize?.ToString(CultureInfo.InvariantCulture) ?? "auto"),
                .. manifest.Options.Deciding().Where(o => OfAnswers.Contains(o.Key)),
            ]),
            Prefill = cost.Prefill,
            Decode = cost.Decode,
            PeakMemory = cost.Seconds.PeakMemory,
            Scores = [.. finished.Report.Rows.Where(r => r is { Depth: 0, Value: not null }).Select(r => Score(r, finished))],
        };
    }

    private static string MachineText(Machine machine) =>
        $"{machine.Cpu}, {machine.Cores} cores{(machine.Gpu is { } gpu ? $", {gpu}" : "")}";

    private static HistoryScore Score(ScoreRow row, FinishedRun run)
    {
        IReadOnlyList<string> tasks = run.Report.Leaves(row.Name);
        return new HistoryScore
        {
            Task = row.Name,
            Metric = row.Metric,
            Filter = row.Filter,
            HigherIsBetter = row.HigherIsBetter,
            Value = row.Value!.Value,
            StandardError = row.StandardError,
            Count = row.Count,
            TaskHash = Short(run.Manifest.Tasks.Where(t => tasks.Contains(t.Name)).Select(t => $"{t.Name} {t.Sha256} {t.NumFewShot}")),
            IsMeanOfTasks = row.IsMeanOfTasks,
            Errored = row.Errored,
            WithErrored = ScoreBounds.Of(run.Report, row)?.Interval,
            DataHash = Short(Datasets(tasks, run).SelectMany(d => d.Shards).Select(s => s.File + s.Sha256)),
        };
    }

    /// <summary>The datasets of tasks; all of the run where a task does not say which is its own.</summary>
    private static IEnumerable<DatasetRecord> Datasets(IReadOnlyList<string> tasks, FinishedRun run)
    {
        string?[] paths = [.. tasks.Select(t => run.Report.Config(t).DatasetPath)];
        return paths.All(path => run.Manifest.Datasets.Any(d => d.Path == path))
            ? run.Manifest.Datasets.Where(d => paths.Contains(d.Path))
            : run.Manifest.Datasets;
    }

    /// <summary>Enough of a hash to tell two apart.</summary>
    internal static string Short(IEnumerable<string> parts) => ShortOfOrdered(parts.Order(StringComparer.Ordinal));

    /// <param name="parts">Parts in ordinal order, which need not be in memory together.</param>
    /// <inheritdoc cref="Short"/>
    internal static string ShortOfOrdered(IEnumerable<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string between = "";
        foreach (string part in parts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(between + part));
            between = "\n";
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    }
}

internal sealed record HistoryScore
{
    public required string Task { get; init; }

    public required string Metric { get; init; }

    public required string Filter { get; init; }

    public required bool HigherIsBetter { get; init; }

    public required double Value { get; init; }

    public double? StandardError { get; init; }

    public required int Count { get; init; }

    /// <summary>Whether it is the mean over a group's tasks, each with the same weight.</summary>
    public bool IsMeanOfTasks { get; init; }

    /// <summary>Samples that have no score.</summary>
    public int Errored { get; init; }

    /// <summary>The interval that they could make; null where none errored or the score has no bounds.</summary>
    public Interval? WithErrored { get; init; }

    /// <summary>Hash of the definitions and shots of its tasks.</summary>
    public required string TaskHash { get; init; }

    /// <summary>Hash of the shards of its tasks' datasets.</summary>
    public required string DataHash { get; init; }

    /// <summary>
    /// Hash of the documents asked, whose scores average to this score; null where the samples cannot be read, or do not average to it.
    /// </summary>
    public string? Rows { get; init; }

    /// <summary>What changed since the night before with the same rows; null where there is none.</summary>
    public NightPair? Pair { get; init; }

    [JsonIgnore]
    public Interval? Interval => Scoring.Statistics.Interval.OfMean(Value, Count, StandardError, isMeanOfTasks: IsMeanOfTasks);
}
