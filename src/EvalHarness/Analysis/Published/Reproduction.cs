using System.Globalization;
using System.Text.Json.Nodes;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Published;

public enum ReproductionVerdict
{
    /// <summary>The published score lies in the measured interval, as far as it is rounded.</summary>
    Agrees,

    /// <summary>It lies outside.</summary>
    Differs,

    /// <summary>Nothing here measures the same, or it could not be run.</summary>
    Incomparable,
}

/// <summary>A published score beside the measured one.</summary>
public sealed record Reproduction
{
    public required PublishedScore Published { get; init; }

    public required ReproductionVerdict Verdict { get; init; }

    /// <summary>Points; null where nothing was measured.</summary>
    public double? Measured { get; init; }

    public double? Low { get; init; }

    public double? High { get; init; }

    public int? Rows { get; init; }

    /// <summary>Points by which the published score lies outside the interval.</summary>
    public double? Beyond { get; init; }

    /// <summary>Folder of the run.</summary>
    public string? Run { get; init; }

    /// <summary>Settings that the source leaves open, and what was chosen.</summary>
    public IReadOnlyList<string> Open { get; init; } = [];

    /// <summary>Where what was run is not what the source did.</summary>
    public IReadOnlyList<string> Departures { get; init; } = [];

    /// <summary>What is known to move this score, where it differs; why it cannot be compared.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    public static Reproduction NotComparable(PublishedScore published, string why) => new() { Published = published, Verdict = ReproductionVerdict.Incomparable, Remarks = [why] };

    /// <param name="registry">That has the score.</param>
    /// <param name="published">The score.</param>
    /// <param name="run">The finished run of its protocol.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the run is damaged.</exception>
    public static Reproduction Of(PublishedScores registry, PublishedScore published, RunFolder run)
    {
        PublishedProtocol protocol = registry.ProtocolOf(published)!;
        Manifest manifest = run.ReadManifest();
        if (MeasuredScore.Of(run.ReadResults(), protocol, published.Setting.Average) is not { } measured)
            return NotComparable(published, $"the run has no {protocol.Metric},{protocol.Filter} of {protocol.Tasks}, or no interval for it");
        double rounding = Rounding(published.Value), value = published.Value;
        double beyond = Math.Max(Math.Max(measured.Interval.Low * 100 - rounding - value, value - (measured.Interval.High * 100) - rounding), 0);
        ReproductionVerdict verdict = beyond > 0 ? ReproductionVerdict.Differs : ReproductionVerdict.Agrees;
        return new Reproduction
        {
            Published = published,
            Verdict = verdict,
            Measured = measured.Value * 100,
            Low = measured.Interval.Low * 100,
            High = measured.Interval.High * 100,
            Rows = measured.Count,
            Beyond = beyond,
            Run = run.Name,
            Open = [.. LeftOpen(published, protocol, manifest, run.ReadResults())],
            Departures =
            [
                .. protocol.Departures,
                .. manifest.Options.Limit is { } limit ? [$"only the first {limit} documents of each task were run"] : (string[])[],
            ],
            Remarks = verdict == ReproductionVerdict.Differs ? [.. KnownEffects(registry, published)] : [],
        };
    }

    /// <summary>Half of the last digit that is published.</summary>
    private static double Rounding(double value)
    {
        string text = value.ToString(CultureInfo.InvariantCulture);
        int digits = text.Contains('.', StringComparison.Ordinal) ? text.Length - text.IndexOf('.', StringComparison.Ordinal) - 1 : 1;
        return 0.5 * Math.Pow(10, -digits);
    }

    private static IEnumerable<string> LeftOpen(PublishedScore published, PublishedProtocol protocol, Manifest manifest, JsonObject results)
    {
        JsonNode? task = manifest.Tasks.Count > 0 ? results["configs"]?[manifest.Tasks[0].Name] : null;
        bool generates = (string?)task?["output_type"] is null or "generate_until";
        JsonNode? generation = task?["generation_kwargs"];
        foreach ((string name, string? value) in published.Setting.Items())
        {
            string? chosen = value is not null ? null : name switch
            {
                "shots" => $"{protocol.NumFewshot}",
                "chat template" => protocol.ApplyChatTemplate ? "applied" : "not applied",
                "system prompt" => protocol.SystemInstruction ?? "none",
                "answer" => generates ? "generated" : "letters by log-likelihood",
                "sampling" when generates => (bool?)generation?["do_sample"] == true ? "as the task's file says" : "greedy",
                "maximum tokens" when generates => generation?["max_gen_toks"]?.ToString() ?? "as the task's file says",
                "average" when results["group_subtasks"]?[protocol.Tasks] is not null => "micro",
                "match" when generates => protocol.Filter,
                _ => null,
            };
            if (chosen is not null)
                yield return $"{name}: {chosen}";
        }
    }

    /// <summary>The same model on the same benchmark in other settings: what they move is known from the sources themselves.</summary>
    private static IEnumerable<string> KnownEffects(PublishedScores registry, PublishedScore published)
    {
        foreach (PublishedScore other in registry.Scores.Where(s => s != published && s.Model == published.Model && s.Benchmark == published.Benchmark))
        {
            string[] differing =
            [
                .. other.Setting.Items().Zip(published.Setting.Items()).Where(p => p.First.Value != p.Second.Value).Select(p => $"{p.First.Name} {p.First.Value ?? "open"} instead of {p.Second.Value ?? "open"}"),
                .. other.Quantization == published.Quantization ? [] : (string[])[$"quantization {other.Quantization ?? "none"} instead of {published.Quantization ?? "none"}"],
            ];
            string with = differing.Length == 0 ? "in the same setting" : $"with {string.Join(", ", differing)}";
            yield return string.Create(CultureInfo.InvariantCulture, $"{registry.SourceOf(other).Title}: {other.Value} ({other.Value - published.Value:+0.0#;-0.0#;0} points) {with}");
        }
    }
}

/// <summary>A score of a run as a protocol names it.</summary>
/// <param name="Value">0 to 1.</param>
/// <param name="Interval">95%.</param>
/// <param name="Count">Rows.</param>
public sealed record MeasuredScore(double Value, Interval Interval, int Count)
{
    /// <param name="results">Of the run.</param>
    /// <param name="protocol">Names tasks and metric.</param>
    /// <param name="average">Macro: the mean over a group's tasks; else as the group weighs them.</param>
    /// <returns>Null where the run has it not.</returns>
    public static MeasuredScore? Of(JsonObject results, PublishedProtocol protocol, ScoreAverage? average)
    {
        string key = $"{protocol.Metric},{protocol.Filter}";
        JsonObject[] rows = [.. ResultsDocument.ReadRows(results).Where(r => $"{r["metric"]},{r["filter"]}" == key)];
        if (average == ScoreAverage.Macro && results["group_subtasks"]?[protocol.Tasks] is JsonArray members)
        {
            JsonObject[] tasks = [.. members.Select(m => rows.FirstOrDefault(r => (string)r["name"]! == (string)m!)).OfType<JsonObject>()];
            double?[] errors = [.. tasks.Select(t => (double?)t["stderr"])];
            if (tasks.Length == 0 || tasks.Any(t => t["value"] is null) || Aggregation.MeanOfMeansStandardError(errors) is not { } error)
                return null;
            double mean = tasks.Average(t => (double)t["value"]!);
            return new MeasuredScore(mean, new Interval(mean - (Interval.Normal95 * error), mean + (Interval.Normal95 * error)), tasks.Sum(t => (int)t["n"]!));
        }

        return rows.FirstOrDefault(r => (string)r["name"]! == protocol.Tasks) is { } row && (double?)row["value"] is { } value && Interval.OfMean(value, (int)row["n"]!, (double?)row["stderr"]) is { } interval
            ? new MeasuredScore(value, interval, (int)row["n"]!)
            : null;
    }
}
