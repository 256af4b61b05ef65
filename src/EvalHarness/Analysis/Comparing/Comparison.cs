using System.Text.Json.Nodes;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Comparing;

/// <summary>A candidate against a base, over the tasks that both ran with the same prompts.</summary>
public sealed record Comparison
{
    public required ComparedRun Base { get; init; }

    public required ComparedRun Candidate { get; init; }

    /// <summary>Groups, each followed by its tasks, as in the results.</summary>
    public required IReadOnlyList<ComparedScore> Scores { get; init; }

    /// <summary>Tasks of only one of the two runs.</summary>
    public required IReadOnlyList<string> OnlyInOne { get; init; }

    /// <param name="runs">The base, and what is compared with it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Incomparable"/>: prompts differ, or no task is in both; <see cref="ExitCode.Output"/>: a run is unfinished or damaged.
    /// </exception>
    public static async Task<IReadOnlyList<Comparison>> OfAllAsync(IReadOnlyList<RunFolder> runs, CancellationToken cancellationToken)
    {
        var comparisons = new List<Comparison>();
        var left = new RunSamples(runs[0]);
        foreach (RunFolder candidate in runs.Skip(1))
            comparisons.Add(await OfAsync(left, new RunSamples(candidate), cancellationToken).ConfigureAwait(false));
        return comparisons;
    }

    private static async Task<Comparison> OfAsync(RunSamples left, RunSamples right, CancellationToken cancellationToken)
    {
        string[] tasks = [.. left.Tasks.Intersect(right.Tasks)];
        if (tasks.Length == 0)
            throw new EvalException(ExitCode.Incomparable, $"{left.Name} and {right.Name} have no task in common; the first has {string.Join(", ", left.Tasks.Take(5))}, the second {string.Join(", ", right.Tasks.Take(5))}");
        var pairs = new Dictionary<string, IReadOnlyList<SamplePair>>();
        foreach (string task in tasks)
            pairs[task] = SamplePair.Match(left, await left.ReadAsync(task, cancellationToken).ConfigureAwait(false), right, await right.ReadAsync(task, cancellationToken).ConfigureAwait(false), task);
        List<ComparedScore> scores = [.. left.Rows.Select(row => Compare(row, left, pairs)).OfType<ComparedScore>()];
        return new Comparison
        {
            Base = ComparedRun.Of(left),
            Candidate = ComparedRun.Of(right),
            Scores = Adjust(scores, pairs),
            OnlyInOne = [.. left.Tasks.Except(tasks), .. right.Tasks.Except(tasks)],
        };
    }

    /// <summary>Null where the metric is no mean over samples, or that of a group whose tasks are not all in both runs.</summary>
    private static ComparedScore? Compare(JsonObject row, RunSamples run, Dictionary<string, IReadOnlyList<SamplePair>> pairs)
    {
        string name = (string)row["name"]!, metric = (string)row["metric"]!, filter = (string)row["filter"]!;
        string[] tasks = run.Leaves(name);
        bool isGroup = tasks is not [var only] || only != name;
        if (!tasks.All(pairs.ContainsKey))
            return null;
        var score = PairedScore.Of([.. tasks.Select(t => pairs[t])], $"{metric},{filter}");
        if (score.Count == 0 || row["value"] is not { } value)
            return null;
        // What aggregates otherwise (BLEU, F1) has numbers by sample that do not average to the score. A group's tasks weigh by their size or the same.
        bool bySize = score.BaseAverages((double)value, sameWeights: false);
        if (!bySize && !(isGroup && score.BaseAverages((double)value, sameWeights: true)))
            return null;
        return score.ToComparedScore(name, (int)row["depth"]!, metric, filter, (bool)row["higher_is_better"]!, isGroup, sameWeights: !bySize);
    }

    /// <summary>Tasks are tests of one family; groups are sums of them and are told as they are.</summary>
    private static List<ComparedScore> Adjust(List<ComparedScore> scores, Dictionary<string, IReadOnlyList<SamplePair>> pairs)
    {
        int[] tested = [.. Enumerable.Range(0, scores.Count).Where(i => scores[i].Flips is not null && pairs.ContainsKey(scores[i].Task))];
        IReadOnlyList<double> adjusted = Paired.Holm([.. tested.Select(i => scores[i].Flips!.P)]);
        for (int i = 0; i < tested.Length; i++)
            scores[tested[i]] = scores[tested[i]] with { Flips = scores[tested[i]].Flips! with { AdjustedP = adjusted[i] } };
        return scores;
    }
}
