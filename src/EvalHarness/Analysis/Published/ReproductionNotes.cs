using System.Globalization;
using EvalHarness.Results;
using EvalHarness.Tasks;
using static System.FormattableString;

namespace EvalHarness.Analysis.Published;

/// <summary>What a reader should know of a published score beside a measured one, in sentences.</summary>
internal static class ReproductionNotes
{
    /// <summary>
    /// In what a protocol differs from what the source did: what the registry says of it, and each setting that the source tells and that
    /// is another one here. The average is none of them, because a score is compared in the source's own.
    /// </summary>
    /// <param name="published">The score.</param>
    /// <param name="protocol">Its protocol.</param>
    /// <param name="run">The file of the task that a run of it used; null where there was none.</param>
    public static IEnumerable<string> Departures(PublishedScore published, PublishedProtocol protocol, TaskConfig? run = null) =>
    [
        .. protocol.Departures,
        .. published.Setting.Items()
            .Zip(protocol.Does(run).Items(), (theirs, here) => (theirs.Name, Theirs: theirs.Value, Here: here.Value))
            .Where(i => i.Theirs is not null && i.Here != i.Theirs)
            .Where(i => i.Name is not "average" && (i.Here is not null || i.Name is "beginning-of-text token"))
            .Select(i => $"{i.Name} {i.Here ?? "left to the model's tokenizer"} instead of {i.Theirs}"),
    ];

    /// <summary>Departures that the options of the run make.</summary>
    /// <param name="options">Of the run.</param>
    /// <param name="protocol">What it was to measure; what it asks for is no departure of the run.</param>
    public static IEnumerable<string> OfTheRun(RunOptions options, PublishedProtocol protocol)
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
        if (options.GenerationSettings is { } settings
            && settings != protocol.Of(options with { GenerationSettings = null }).GenerationSettings)
            yield return $"generation was set by --gen-kwargs: {settings}";
    }

    /// <summary>Settings that the source leaves open, and what was chosen.</summary>
    public static IEnumerable<string> LeftOpen(
        PublishedScore published, PublishedProtocol protocol, FinishedRun run, MeasuredScore measured)
    {
        TaskConfig task = run.Report.Config(run.Tasks.FirstOrDefault() ?? "");
        var does = protocol.Does(task).Items().ToDictionary(i => i.Name, i => i.Value);
        foreach ((string name, string? value) in published.Setting.Items())
        {
            string? chosen = value is not null ? null : name switch
            {
                "answer" => does[name] ?? (task.Generates ? "generated" : "letters by log-likelihood"),
                "sampling" when task.Generates => task.DrawsSamples ? "as the task's file says" : "greedy",
                "maximum tokens" when task.Generates => does[name] ?? Default,
                "average" => measured.Average?.ToString().ToLowerInvariant(),
                "match" when task.Generates => protocol.Filter,
                "maximum tokens" or "match" or "sampling" => null,
                _ => does[name],
            };
            if (chosen is not null)
                yield return $"{name}: {chosen}";
        }
    }

    private static string Default { get; } = new GenerationOptions { Until = [] }.MaxTokens.ToString(CultureInfo.InvariantCulture);

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
