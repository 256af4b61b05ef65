using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>The tasks of a selection as the options of a run want them.</summary>
internal static class SelectedRuns
{
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: documents are chosen of a task that is not selected.</exception>
    public static IReadOnlyList<TaskRun> Runs(this TaskSelection selection, RunOptions options) => selection.Runs(
        options.NumFewShot, options.Seed, options.Limit, options.Samples is null ? null : SampleIndices.Read(options.Samples));
}
