using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Scoring;
using EvalHarness.Scoring.Statistics;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>
/// The score of a task while it is being answered, for whoever watches: documents are graded as they are complete, and once more
/// with all others at the end. Only for graders that compute; none that start programs.
/// </summary>
internal sealed class ScoreSoFar(TaskRun task, IGrader? grader, IReadOnlyDictionary<RequestKey, Response> responses)
{
    private readonly List<PreparedDocument> _new = [];
    private double _sum;
    private int _count;

    /// <summary>All requests of the document are answered.</summary>
    internal void Add(PreparedDocument document) => _new.Add(document);

    internal RunningScore? Current()
    {
        MetricDefinition metric = task.Definition.Metrics[0];
        if (grader is null or { StartsPrograms: true } || metric is not { Aggregation: "mean", Function: null })
            return null;
        if (_new.Count > 0)
        {
            Task<TaskResult> grading = new TaskEvaluation(task, _new, responses, bootstrapIterations: 0)
                .GradeAsync(grader, CancellationToken.None);
            if (!grading.IsCompletedSuccessfully)
                return null;
            if (grading.Result.Metrics is [{ Value: { } value, Count: var count }, ..])
                (_sum, _count) = (_sum + (value * count), _count + count);
            _new.Clear();
        }

        if (_count == 0)
            return null;
        double mean = _sum / _count;
        return new RunningScore(metric.Name, mean, Interval.Wilson(Math.Clamp(mean, 0, 1), _count), _count);
    }
}
