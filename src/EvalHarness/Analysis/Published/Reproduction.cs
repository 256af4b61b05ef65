using System.Globalization;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;
using static System.FormattableString;

namespace EvalHarness.Analysis.Published;

internal enum ReproductionVerdict
{
    /// <summary>The published score lies in the measured interval, as far as it is rounded.</summary>
    Agrees,

    /// <summary>It lies outside.</summary>
    Differs,

    /// <summary>No task here measures the same, or it could not be run.</summary>
    Incomparable,
}

/// <summary>A published score beside the measured one.</summary>
internal sealed record Reproduction
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

    /// <summary>In what the run differs from what the source did.</summary>
    public IReadOnlyList<string> Departures { get; init; } = [];

    /// <summary>Where the scores differ, what is known to change this score; where they cannot be compared, why.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    public static Reproduction NotComparable(PublishedScore published, string why) =>
        new() { Published = published, Verdict = ReproductionVerdict.Incomparable, Remarks = [why] };

    /// <param name="registry">The registry that has the score.</param>
    /// <param name="published">The score.</param>
    /// <param name="run">The finished run of its protocol.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the run is damaged.</exception>
    public static Reproduction Of(PublishedScores registry, PublishedScore published, RunFolder run)
    {
        PublishedProtocol protocol = registry.ProtocolOf(published)!;
        var finished = FinishedRun.Read(run);
        if (MeasuredScore.Of(finished.Report, protocol, published.Setting.Average) is not { } measured)
            return NotComparable(published, $"the run has no {protocol.Score} of {protocol.Tasks}, or no interval for it");
        double low = measured.Interval.Low * 100, high = measured.Interval.High * 100;
        double rounding = Rounding(published.Value), value = published.Value;
        double beyond = Math.Max(Math.Max(low - rounding - value, value - high - rounding), 0);
        ReproductionVerdict verdict = beyond > 0 ? ReproductionVerdict.Differs : ReproductionVerdict.Agrees;
        return new Reproduction
        {
            Published = published,
            Verdict = verdict,
            Measured = measured.Value * 100,
            Low = low,
            High = high,
            Rows = measured.Count,
            Beyond = beyond,
            Run = run.Name,
            Open = [.. LeftOpen(published, protocol, finished)],
            Departures = [.. protocol.Departures, .. OfTheRun(finished.Manifest.Options)],
            Remarks = verdict == ReproductionVerdict.Differs ? [.. KnownEffects(registry, published)] : [],
        };
    }

    /// <summary>Departures that the options of the run make.</summary>
    private static IEnumerable<string> OfTheRun(RunOptions options)
    {
        if (options.Limit is { } limit)
        {
            yield return limit < 1
                ? Invariant($"only the first {100 * limit:0.####}% of the documents of each task were run")
                : Invariant($"only the first {limit} documents of each task were run");
        }

        if (options.PredictOnly)
            yield return "nothing was graded (--predict-only)";
        if (options.Samples is { } samples)
            yield return $"only these documents were run: {samples}";
        if (options.GenerationSettings is { } settings)
            yield return $"generation was set by --gen-kwargs: {settings}";
    }

    /// <summary>Half of the last digit that is published.</summary>
    private static double Rounding(double value)
    {
        string text = value.ToString(CultureInfo.InvariantCulture);
        int digits = text.Contains('.', StringComparison.Ordinal) ? text.Length - text.IndexOf('.', StringComparison.Ordinal) - 1 : 1;
        return 0.5 * Math.Pow(10, -digits);
    }

    private static IEnumerable<string> LeftOpen(PublishedScore published, PublishedProtocol protocol, FinishedRun run)
    {
        TaskConfig task = run.Report.Config(run.Tasks.FirstOrDefault() ?? "");
        foreach ((string name, string? value) in published.Setting.Items())
        {
            string? chosen = value is not null ? null : name switch
            {
                "shots" => $"{protocol.NumFewshot}",
                "chat template" => protocol.ApplyChatTemplate ? "applied" : "not applied",
                "system prompt" => protocol.SystemInstruction ?? "none",
                "answer" => task.Generates ? "generated" : "letters by log-likelihood",
                "sampling" when task.Generates => task.DrawsSamples ? "as the task's file says" : "greedy",
                "maximum tokens" when task.Generates => task.MaxTokens ?? "as the task's file says",
                "average" when run.Report.Members(protocol.Tasks) is not null => "micro",
                "match" when task.Generates => protocol.Filter,
                _ => null,
            };
            if (chosen is not null)
                yield return $"{name}: {chosen}";
        }
    }

    /// <summary>
    /// Scores of the same model on the same benchmark in other settings: the sources themselves show what a setting changes.
    /// </summary>
    private static IEnumerable<string> KnownEffects(PublishedScores registry, PublishedScore published)
    {
        IEnumerable<PublishedScore> others = registry.Scores
            .Where(s => s != published && s.Model == published.Model && s.Benchmark == published.Benchmark);
        foreach (PublishedScore other in others)
        {
            string[] differing =
            [
                .. other.Setting.Items().Zip(published.Setting.Items())
                    .Where(p => p.First.Value != p.Second.Value)
                    .Select(p => $"{p.First.Name} {p.First.Value ?? "open"} instead of {p.Second.Value ?? "open"}"),
                .. other.Quantization == published.Quantization
                    ? []
                    : (string[])[$"quantization {other.Quantization ?? "none"} instead of {published.Quantization ?? "none"}"],
            ];
            string with = differing.Length == 0 ? "in the same setting" : $"with {string.Join(", ", differing)}";
            string title = registry.SourceOf(other).Title;
            yield return Invariant($"{title}: {other.Value} ({other.Value - published.Value:+0.0#;-0.0#;0} points) {with}");
        }
    }
}

/// <summary>A score of a run as a protocol names it.</summary>
/// <param name="Value">0 to 1.</param>
/// <param name="Interval">95%.</param>
/// <param name="Count">Rows.</param>
internal sealed record MeasuredScore(double Value, Interval Interval, int Count)
{
    /// <param name="report">The run's results.</param>
    /// <param name="protocol">Names tasks and metric.</param>
    /// <param name="average">Macro: the mean over a group's tasks; otherwise the group's own mean.</param>
    /// <returns>Null where the run has no such score, or no interval for it.</returns>
    public static MeasuredScore? Of(RunReport report, PublishedProtocol protocol, ScoreAverage? average)
    {
        ScoreRow[] rows = [.. report.Rows.Where(r => r.Key == protocol.Score)];
        if (average == ScoreAverage.Macro && report.Members(protocol.Tasks) is { } members)
            return Mean([.. members.Select(m => rows.FirstOrDefault(r => r.Name == m)).OfType<ScoreRow>()]);
        return rows.FirstOrDefault(r => r.Name == protocol.Tasks) is { Value: { } value } row
            && Interval.OfMean(value, row.Count, row.StandardError) is { } interval
            ? new MeasuredScore(value, interval, row.Count)
            : null;
    }

    private static MeasuredScore? Mean(ScoreRow[] tasks)
    {
        if (tasks.Length == 0 || tasks.Any(t => t.Value is null))
            return null;
        if (Aggregation.MeanOfMeansStandardError([.. tasks.Select(t => t.StandardError)]) is not { } error)
            return null;
        double mean = tasks.Average(t => t.Value!.Value), half = Interval.Normal95 * error;
        return new MeasuredScore(mean, new Interval(mean - half, mean + half), tasks.Sum(t => t.Count));
    }
}
