using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>The tasks of a selection as the options of a run want them.</summary>
internal static class SelectedRuns
{
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: documents are chosen of a task that is not selected.</exception>
    public static IReadOnlyList<TaskRun> Runs(this TaskSelection selection, RunOptions options)
    {
        var seeds = RunSeeds.Parse(options.Seed);
        SampleIndices? samples = options.Samples is null ? null : SampleIndices.Read(options.Samples);
        int? limit = options.Limit is >= 1 ? (int?)options.Limit : null;
        double? share = options.Limit is < 1 ? options.Limit : null;
        IReadOnlyList<TaskRun> runs = selection.Runs(options.NumFewShot, seeds.OfShots, limit, samples);
        return [.. runs.Select(run => run with { Share = share, SamplingSeed = seeds.OfSampling })];
    }
}
