using EvalHarness.Results;
using static System.FormattableString;

namespace EvalHarness.Analysis.Published;

/// <summary>What a reader should know of a published score beside a measured one, in sentences.</summary>
internal static class ReproductionNotes
{
    /// <summary>Departures that the options of the run make.</summary>
    public static IEnumerable<string> OfTheRun(RunOptions options)
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

    /// <summary>Settings that the source leaves open, and what was chosen.</summary>
    public static IEnumerable<string> LeftOpen(
        PublishedScore published, PublishedProtocol protocol, FinishedRun run, MeasuredScore measured)
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
                "average" => measured.Average?.ToString().ToLowerInvariant(),
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
    public static IEnumerable<string> KnownEffects(PublishedScores registry, PublishedScore published)
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
            double difference = other.Value.Value - published.Value.Value;
            yield return Invariant($"{title}: {other.Value} ({difference:+0.0#;-0.0#;0} points) {with}");
        }
    }
}
