using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>The tasks of a selection as the options of a run want them.</summary>
internal static class SelectedRuns
{
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: documents are chosen of a task that is not selected, or thinking is switched on for a task that scores
    /// log-likelihoods.
    /// </exception>
    public static IReadOnlyList<TaskRun> Runs(this TaskSelection selection, RunOptions options)
    {
        if (options.EnableThinking == true
            && selection.Tasks.FirstOrDefault(t => t.OutputType != OutputType.GenerateUntil) is { } scored)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"--enable-thinking true: task {scored.Name} scores log-likelihoods, before which a model cannot think, and "
                + "lm-evaluation-harness refuses it too; leave the option out, or choose tasks that generate");
        }

        var seeds = RunSeeds.Parse(options.Seed);
        SampleIndices? samples = options.Samples is null ? null : SampleIndices.Read(options.Samples);
        int? limit = options.Limit is >= 1 ? (int?)options.Limit : null;
        double? share = options.Limit is < 1 ? options.Limit : null;
        IReadOnlyList<TaskRun> runs = selection.Runs(options.NumFewShot, seeds.OfShots, limit, samples);
        return
        [
            .. runs.Select(run => run with
            {
                Share = share,
                SamplingSeed = seeds.OfSampling,
                AveragesRepeats = options.Repeats > 1 && TakesFirst(run.Definition),
            }),
        ];
    }

    /// <summary>
    /// Whether every filter of a task drops all completions but the first: then more of them would change nothing, unless each is graded.
    /// Metrics that are no means have nothing to average.
    /// </summary>
    private static bool TakesFirst(TaskDefinition task) =>
        task.OutputType == OutputType.GenerateUntil
        && task.Metrics.All(m => m.Aggregation == "mean")
        && task.Filters.All(f => f.Steps.Any(s => s.Function == "take_first"));
}
