using System.Globalization;
using EvalHarness.Files;
using EvalHarness.Results;
using EvalHarness.Tasks;
using static System.FormattableString;

namespace EvalHarness.Analysis.Published;

/// <summary>What a reader should know of a published score beside a measured one, in sentences.</summary>
internal static class ReproductionNotes
{
    /// <summary>How many other scores are named for one that differs.</summary>
    private const int MostEffects = 10;

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

    /// <summary>Options that no protocol decides, and that decide scores.</summary>
    private static readonly string[] OfEachRun =
        ["--repeats", "--truncation", "--max-length", "--enable-thinking", "--chat-template-kwargs", "--seed", "--think-end-token"];

    private static readonly RunOptions Plain = new() { Model = "", Tasks = [] };

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
        if (options.AddBosToken is { } begins && begins != protocol.AddBosToken)
            yield return $"the beginning-of-text token was set by --add-bos-token {(begins ? "true" : "false")}";
        foreach (string name in OfEachRun)
        {
            DeclaredOption option = RunOptions.Named(name);
            if (option.Texts(options) is [var text] && !option.Texts(Plain).SequenceEqual([text]))
                yield return $"{name} {text} was given";
        }
    }

    /// <summary>The documents that have no score, and so are in none.</summary>
    public static IEnumerable<string> Errored(FinishedRun run, PublishedProtocol protocol)
    {
        HarnessReport harness = run.Report.Harness;
        string[] tasks = [.. run.Report.Leaves(protocol.Tasks).Where(t => harness.Errored.GetValueOrDefault(t) > 0)];
        if (tasks.Length > 0)
        {
            yield return $"{tasks.Sum(t => harness.Errored[t])} documents errored and are in no score, the first one: "
                + harness.FirstError.GetValueOrDefault(tasks[0]);
        }
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
    /// Scores of the same model on the same benchmark: in other settings, where the sources themselves show what a setting changes, and in
    /// the same one. Those of the same quantization come first, and those whose setting is nearest.
    /// </summary>
    public static IEnumerable<string> KnownEffects(PublishedScores registry, PublishedScore published)
    {
        (PublishedScore Score, string[] Differing)[] others =
        [
            .. registry.Scores
                .Where(s => s != published && s.Model == published.Model && s.Benchmark == published.Benchmark)
                .Select(s => (Score: s, Differing: Differing(s, published)))
                .OrderBy(o => o.Score.Quantization != published.Quantization && !(o.Score.IsAsReleased && published.IsAsReleased))
                .ThenBy(o => o.Differing.Length),
        ];
        foreach ((PublishedScore other, string[] differing) in others.Take(MostEffects))
        {
            string title = registry.SourceOf(other).Title;
            double difference = other.Value.Value - published.Value.Value;
            yield return differing.Length == 0 ? $"also published, in the same setting: {title}: {other.Value}"
                : difference == 0 ? $"also published: {title}: {other.Value} with {string.Join(", ", differing)}"
                : Invariant($"known to move it: {title}: {other.Value} ({difference:+0.0#;-0.0#;0} points) with ")
                    + string.Join(", ", differing);
        }

        if (others.Length > MostEffects)
            yield return $"{others.Length - MostEffects} more scores are published; see reproduce --list --as {published.Model}";
    }

    private static string[] Differing(PublishedScore other, PublishedScore published) =>
    [
        .. other.Setting.Items().Zip(published.Setting.Items())
            .Where(p => p.First.Value != p.Second.Value)
            .Select(p => $"{p.First.Name} {p.First.Value ?? "open"} instead of {p.Second.Value ?? "open"}"),
        .. other.Quantization == published.Quantization
            ? []
            : (string[])[$"quantization {other.Quantization ?? "none"} instead of {published.Quantization ?? "none"}"],
    ];
}
