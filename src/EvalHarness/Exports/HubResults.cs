using System.Globalization;
using EvalHarness.Files;
using EvalHarness.Results;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;
using static System.FormattableString;

namespace EvalHarness.Exports;

/// <summary>
/// Writes the scores of registered benchmarks as the hub reads them from a model's repository: <c>.eval_results/NAME.yaml</c>, a list
/// with an entry for each score. An entry has the first metric of a task; the others stand in its notes.
/// </summary>
/// <remarks>
/// Source: the hub's documentation of evaluation results. Only a benchmark whose dataset has an eval.yaml is shown there, and its task
/// has a name of its own. Those in the table below are registered.
/// </remarks>
internal static class HubResults
{
    private const double Percent = 100;

    /// <summary>Digits behind the point that a value of 0 to 100 is rounded to, which takes what multiplying adds off again.</summary>
    private const int Digits = 10;

    private static readonly Benchmark[] Registered =
    [
        new("openai/gsm8k", null, "gsm8k", "gsm8k"),
        new("TIGER-Lab/MMLU-Pro", null, "mmlu_pro", "mmlu_pro"),
        new("Idavidrein/gpqa", "gpqa_diamond", "diamond", "gpqa_diamond"),
        new("cais/hle", null, "default", "hle"),
    ];

    /// <param name="Dataset">ORG/NAME.</param>
    /// <param name="Config">The configuration of the dataset that the benchmark is; null for any.</param>
    /// <param name="Task">The id in the benchmark's eval.yaml.</param>
    /// <param name="File">The name of the file, without its ending.</param>
    private sealed record Benchmark(string Dataset, string? Config, string Task, string File);

    /// <param name="runs">The runs.</param>
    /// <param name="folder">Gets a folder ORG/NAME for each model, which has what belongs into the model's repository.</param>
    /// <param name="evaluator">Where the numbers can be seen.</param>
    /// <param name="leftOut">Is told in a sentence why a score of a registered benchmark is not written.</param>
    /// <returns>The files.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: a file cannot be written.</exception>
    public static async Task<IReadOnlyList<string>> WriteAsync(
        IReadOnlyList<ExportedRun> runs, string folder, Evaluator evaluator, Action<string> leftOut)
    {
        var found = runs
            .SelectMany(run => run.Rows.GroupBy(r => r.Name).Select(rows => (Run: run, Rows: rows.ToArray())))
            .Select(score => (score.Run, score.Rows, Benchmark: BenchmarkOf(score.Run, score.Rows[0].Name)))
            .Where(score => score.Benchmark is not null && IsWhole(score.Run, score.Rows, leftOut))
            .GroupBy(score => (score.Run.Id, score.Benchmark!.File));
        var files = new List<string>();
        ISerializer yaml = new SerializerBuilder()
            .WithNamingConvention(UnderscoredNamingConvention.Instance)
            .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull)
            .Build();
        foreach (var file in found)
        {
            HubEntry[] entries = [.. file.Select(score => EntryOf(score.Run, score.Rows, score.Benchmark!, evaluator))];
            string path = Path.Combine([folder, .. file.Key.Id.Split('/'), ".eval_results", $"{file.Key.File}.yaml"]);
            await OutputFile.WriteAsync(path, async stream =>
            {
                await using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
                yaml.Serialize(writer, entries);
            }).ConfigureAwait(false);
            files.Add(path);
        }

        return files;
    }

    private static Benchmark? BenchmarkOf(ExportedRun run, string name) =>
        run.HubDataset(name) is not { } dataset ? null : Registered.FirstOrDefault(b =>
            b.Dataset.Equals(dataset, StringComparison.OrdinalIgnoreCase)
            && (b.Config is null || b.Config == run.Run.Report.Config(run.FirstTask(name)).DatasetName));

    /// <summary>A score of some of a benchmark's rows is not one of the benchmark, and the hub shows no notes beside its numbers.</summary>
    private static bool IsWhole(ExportedRun run, ScoreRow[] rows, Action<string> leftOut)
    {
        (int evaluated, int available) = run.Documents(rows[0].Name);
        string? reason = evaluated < available ? $"{evaluated} of {available} documents were evaluated"
            : rows[0].Errored > 0 ? $"{rows[0].Errored} documents errored"
            : MetricKind.Of(rows[0].Metric) is not { IsShare: true } ? $"{rows[0].Metric} is no share of documents"
            : null;
        if (reason is not null)
            leftOut($"{run.Run.Name}: {rows[0].Name} is not written for the hub: {reason}");
        return reason is null;
    }

    private static HubEntry EntryOf(ExportedRun run, ScoreRow[] rows, Benchmark benchmark, Evaluator evaluator) => new()
    {
        Dataset = new HubDataset { Id = benchmark.Dataset, TaskId = benchmark.Task },
        Value = ValueOf(rows[0]),
        Date = run.Started.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        Source = evaluator.SourceUrl is { } url ? new HubSource { Url = url, Name = evaluator.Organization } : null,
        Notes = NotesOf(run, rows),
    };

    private static double ValueOf(ScoreRow row) => Math.Round(Percent * row.Value!.Value, Digits);

    private static string NotesOf(ExportedRun run, ScoreRow[] rows)
    {
        IEnumerable<string?> parts =
        [
            $"EvalHarness, task {rows[0].Name}",
            rows[0].Key,
            rows[0].NumFewShot is { } shots ? $"{shots} shots" : null,
            run.Run.Manifest.Options.ApplyChatTemplate ? "chat template" : "no chat template",
            run.Model.Details?.DataType,
            $"{run.Model.Engine} on {run.Model.Device}",
            rows[0].Interval is { } interval
                ? Invariant($"95% interval {Percent * interval.Low:0.##} to {Percent * interval.High:0.##}")
                : null,
            .. rows.Skip(1).Select(row => Invariant($"{row.Key} {ValueOf(row):0.##}")),
        ];
        return string.Join("; ", parts.OfType<string>());
    }
}

/// <summary>An entry of a model's .eval_results on the hub.</summary>
internal sealed record HubEntry
{
    public required HubDataset Dataset { get; init; }

    /// <summary>From 0 to 100.</summary>
    public required double Value { get; init; }

    /// <summary>As yyyy-MM-dd.</summary>
    public required string Date { get; init; }

    public HubSource? Source { get; init; }

    public required string Notes { get; init; }
}

internal sealed record HubDataset
{
    public required string Id { get; init; }

    public required string TaskId { get; init; }
}

internal sealed record HubSource
{
    public required string Url { get; init; }

    public required string Name { get; init; }
}
