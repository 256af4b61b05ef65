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

    /// <summary>What the hub calls the configuration of a dataset that has no other, and that tasks need not name.</summary>
    private const string Only = "default";

    private static readonly Benchmark[] Registered =
    [
        new("openai/gsm8k", "main", "test", "gsm8k", "gsm8k"),
        new("TIGER-Lab/MMLU-Pro", Only, "test", "mmlu_pro", "mmlu_pro"),
        new("Idavidrein/gpqa", "gpqa_diamond", "train", "diamond", "gpqa_diamond"),
        new("cais/hle", Only, "test", "default", "hle"),
    ];

    /// <summary>The benchmarks that the hub shows, by their datasets.</summary>
    internal static string Names => string.Join(", ", Registered.Select(b => b.Dataset));

    /// <param name="Dataset">ORG/NAME.</param>
    /// <param name="Config">The configuration of the dataset that the benchmark is.</param>
    /// <param name="Split">The split of the dataset that the benchmark is.</param>
    /// <param name="Task">The id in the benchmark's eval.yaml.</param>
    /// <param name="File">The name of the file, without its ending.</param>
    private sealed record Benchmark(string Dataset, string Config, string Split, string Task, string File);

    /// <summary>What a run has for a benchmark: the metrics of a task or a group.</summary>
    private sealed record Score(ExportedRun Run, ScoreRow[] Rows, Benchmark Benchmark)
    {
        public string Name => Rows[0].Name;

        /// <summary>Whether another score is that of a group around this one.</summary>
        public bool IsPartOf(Score other) => other.Rows[0].Depth < Rows[0].Depth
            && Run.Run.Report.Leaves(Name).All(Run.Run.Report.Leaves(other.Name).Contains);
    }

    /// <param name="runs">The runs.</param>
    /// <param name="folder">Gets a folder ORG/NAME for each model, which has what belongs into the model's repository.</param>
    /// <param name="evaluator">Where the numbers can be seen.</param>
    /// <param name="leftOut">Is told in a sentence why a score of a registered benchmark is not written.</param>
    /// <returns>The files.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: a file cannot be written.</exception>
    public static async Task<IReadOnlyList<string>> WriteAsync(
        IReadOnlyList<ExportedRun> runs, string folder, Evaluator evaluator, Action<string> leftOut)
    {
        var files = new List<string>();
        ISerializer yaml = new SerializerBuilder()
            .WithNamingConvention(UnderscoredNamingConvention.Instance)
            .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull)
            .Build();
        foreach (Score score in Chosen(runs, leftOut))
        {
            HubEntry[] entries = [EntryOf(score, evaluator)];
            string path = Path.Combine([folder, .. score.Run.Id.Split('/'), ".eval_results", $"{score.Benchmark.File}.yaml"]);
            await OutputFile.WriteAsync(path, async stream =>
            {
                await using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
                yaml.Serialize(writer, entries);
            }).ConfigureAwait(false);
            files.Add(path);
        }

        return files;
    }

    /// <summary>One score for each model and benchmark, as a model's repository has one value of each.</summary>
    private static List<Score> Chosen(IReadOnlyList<ExportedRun> runs, Action<string> leftOut)
    {
        var chosen = new List<Score>();
        foreach (ExportedRun run in runs)
        {
            IEnumerable<Score> scores = run.Rows
                .GroupBy(r => r.Name)
                .Select(rows => BenchmarkOf(run, rows.Key) is { } benchmark ? new Score(run, [.. rows], benchmark) : null)
                .OfType<Score>();
            foreach (IGrouping<Benchmark, Score> found in scores.GroupBy(s => s.Benchmark))
            {
                // What is wrong with a group is said once, and not of each of its tasks again.
                foreach (Score score in found.Where(s => !found.Any(s.IsPartOf)))
                {
                    string? reason = WhyNot(score) ?? (chosen.Find(c => c.Run.Id == run.Id && c.Benchmark == score.Benchmark) is { } taken
                        ? $"{taken.Run.Run.Name} has the value of {run.Id} already, that of {taken.Name}; a model has one value of a "
                            + "benchmark, and --model-id gives a run's model another name"
                        : null);
                    if (reason is null)
                        chosen.Add(score);
                    else
                        leftOut($"{run.Run.Name}: {score.Name} is not written for the hub: {reason}");
                }
            }
        }

        return chosen;
    }

    private static Benchmark? BenchmarkOf(ExportedRun run, string name) =>
        run.HubDataset(name) is not { } dataset ? null : Registered.FirstOrDefault(b =>
            b.Dataset.Equals(dataset, StringComparison.OrdinalIgnoreCase)
            && run.Configs(name).All(c => b.Config == (c.DatasetName ?? Only) && b.Split == c.EvaluatedSplit));

    /// <summary>A score of some of a benchmark's rows is not one of the benchmark, and the hub shows no notes beside its numbers.</summary>
    private static string? WhyNot(Score score)
    {
        ScoreRow first = score.Rows[0];
        int evaluated = score.Run.Documents(score.Name).Evaluated;
        long rows = score.Run.Datasets(score.Name).Sum(d => d.Rows);
        return evaluated != rows ? $"{evaluated} documents were evaluated, and the benchmark has {rows} rows"
            : first.Errored > 0 ? $"{first.Errored} documents errored"
            : MetricKind.Of(first) is not { IsShare: true } ? $"{first.Metric} is no share of documents"
            : null;
    }

    private static HubEntry EntryOf(Score score, Evaluator evaluator) => new()
    {
        Dataset = new HubDataset { Id = score.Benchmark.Dataset, TaskId = score.Benchmark.Task },
        Value = ValueOf(score.Rows[0]),
        Date = score.Run.Started.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        Source = evaluator.SourceUrl is { } url ? new HubSource { Url = url, Name = evaluator.Organization } : null,
        Notes = NotesOf(score.Run, score.Rows),
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
