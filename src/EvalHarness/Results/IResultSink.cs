using EvalHarness.Tasks;

namespace EvalHarness.Results;

/// <summary>Where results go. One contract test runs over every implementation.</summary>
public interface IResultSink
{
    /// <summary>Called once per task, as soon as it is graded; rows come in document order and are read once.</summary>
    Task WriteSamplesAsync(TaskDefinition task, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken);

    /// <summary>Called once, last.</summary>
    Task WriteResultsAsync(RunResults results, CancellationToken cancellationToken);
}
