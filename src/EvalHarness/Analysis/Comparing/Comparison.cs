using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Comparing;

/// <summary>A candidate against a base, over the tasks that both ran with the same prompts.</summary>
internal sealed record Comparison
{
    public required ComparedRun Base { get; init; }

    public required ComparedRun Candidate { get; init; }

    /// <summary>Groups, each followed by its tasks, as in the results.</summary>
    public required IReadOnlyList<ComparedScore> Scores { get; init; }

    /// <summary>Tasks of only one of the two runs.</summary>
    public required IReadOnlyList<string> OnlyInOne { get; init; }

    /// <summary>How long the completions of common tasks are; tasks that generate nothing are left out.</summary>
    public required IReadOnlyList<ComparedGeneration> Generation { get; init; }

    /// <summary>How the judges of the two runs differ, in words; null where they do not.</summary>
    public string? JudgeChange { get; init; }

    /// <summary>Tasks that asked both the same conversations, which their chat templates write differently.</summary>
    public required IReadOnlyList<string> OtherTemplates { get; init; }

    /// <param name="runs">The base, and what is compared with it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="prices">What models cost; null to leave prices out.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Incomparable"/>: prompts differ, no task is in both, or nothing was graded; <see cref="ExitCode.Output"/>: a
    /// run is unfinished or damaged.
    /// </exception>
    public static Task<IReadOnlyList<Comparison>> OfAllAsync(
        IReadOnlyList<RunFolder> runs, CancellationToken cancellationToken, PriceFile? prices = null) =>
        OfAllAsync([.. runs.Select(FinishedRun.Read)], cancellationToken, prices);

    /// <inheritdoc cref="OfAllAsync(IReadOnlyList{RunFolder}, CancellationToken, PriceFile)"/>
    public static async Task<IReadOnlyList<Comparison>> OfAllAsync(
        IReadOnlyList<FinishedRun> runs, CancellationToken cancellationToken, PriceFile? prices = null)
    {
        if (runs.FirstOrDefault(r => r.Report.Harness.PredictOnly) is { } ungraded)
        {
            throw new EvalException(
                ExitCode.Incomparable,
                $"{ungraded.Name}: {HarnessReport.NotGraded}, so there are no scores to compare; run it again without that option");
        }

        if (runs.FirstOrDefault(r => r.Report.Harness.Decisions is not null) is { } stopped)
        {
            throw new EvalException(
                ExitCode.Incomparable,
                $"{stopped.Name}: was stopped by --decide, so that it has not all documents; what it decided is in its results ('show')");
        }

        IReadOnlyList<RunPair> pairs = RunPair.WithBase(runs);
        foreach (string task in runs[0].Tasks.Where(t => runs.Skip(1).Any(r => r.Tasks.Contains(t))))
        {
            IAsyncEnumerable<JoinedSample> samples = SampleJoin.ReadAsync(runs, task, RunPair.Columns, cancellationToken);
            await RunPair.AddToAllAsync(pairs, task, runs.Count, samples).ConfigureAwait(false);
        }

        return prices is null ? Of(pairs) : Priced(Of(pairs), RunPrice.OfEach(runs, prices));
    }

    private static IReadOnlyList<Comparison> Priced(IReadOnlyList<Comparison> comparisons, IReadOnlyList<RunPrice> prices) =>
    [
        .. comparisons.Select((c, i) => c with
        {
            Base = c.Base with { Price = prices[0] },
            Candidate = c.Candidate with { Price = prices[i + 1] },
        }),
    ];

    /// <summary>
    /// Compares pairs to which the samples of all tasks were added. Their tasks are tests of one family, those of all candidates together;
    /// groups are sums of them, and their p-values stay as they are.
    /// </summary>
    internal static IReadOnlyList<Comparison> Of(IReadOnlyList<RunPair> pairs)
    {
        Comparison[] comparisons = [.. pairs.Select(p => p.Compare())];
        static bool IsTested(ComparedScore score) => score is { P: not null, IsGroup: false };
        IEnumerable<ComparedScore> tested = comparisons.SelectMany(c => c.Scores.Where(IsTested));
        var adjusted = new Queue<double>(Holm.Adjust([.. tested.Select(s => s.P!.Value)]));
        return
        [
            .. comparisons.Select(c => c with
            {
                Scores = [.. c.Scores.Select(s => IsTested(s) ? s with { AdjustedP = adjusted.Dequeue() } : s)],
            }),
        ];
    }
}
