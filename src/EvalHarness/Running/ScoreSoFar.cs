using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Scoring;
using EvalHarness.Scoring.Statistics;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>
/// The score of a task while it is being answered, for whoever watches: documents that are complete are graded when the score is asked for,
/// and once more with all others at the end. Only for graders that compute; none that start programs, and none whose Python runs in the
/// sandbox, which would delay the run.
/// </summary>
internal sealed class ScoreSoFar(PreparedDocuments documents, IGrader? grader, Journal journal)
{
    /// <summary>Where more documents wait because nobody has asked for long, the first are left out: grading all would take long.</summary>
    private const int MostWaiting = 2_000;

    private readonly Lock _gate = new();
    private readonly Queue<int> _new = [];
    private double _sum;
    private int _count;

    /// <summary>All requests of the document are answered, and the journal has the answers.</summary>
    internal void Add(int position)
    {
        lock (_gate)
        {
            _new.Enqueue(position);
            if (_new.Count > MostWaiting)
                _new.Dequeue();
        }
    }

    internal RunningScore? Current()
    {
        MetricDefinition metric = documents.Run.Definition.Metrics[0];
        if (grader is null or { IsCostly: true } || RunsPython(documents.Run))
            return null;
        if (metric is not { Aggregation: "mean", Function: null })
            return null;
        if (Waiting() is { Length: > 0 } waiting)
        {
            AnsweredDocument[] block = [.. waiting.Select(position => AnsweredDocument.Read(documents, position, journal))];
            var evaluation = new TaskEvaluation(documents.Run, grader);
            if (!evaluation.AddAsync(block, CancellationToken.None).IsCompletedSuccessfully)
                return null;
            if (evaluation.Finish(bootstrapIterations: 0).Metrics is [{ Value: { } value, Count: var count }, ..])
                (_sum, _count) = (_sum + (value * count), _count + count);
        }

        if (_count == 0)
            return null;
        double mean = _sum / _count;
        return new RunningScore(metric.Name, mean, Interval.Wilson(Math.Clamp(mean, 0, 1), _count), _count);
    }

    private static bool RunsPython(TaskRun run) =>
        run.Definition.ProcessResults is { RunsPython: true }
        || run.Definition.Metrics.Any(m => m.Computed is { RunsPython: true } || m.Function is { RunsPython: true })
        || run.Filters.Any(filter => filter.Steps.Any(step => step.Equivalent is { RunsPython: true }));

    private int[] Waiting()
    {
        lock (_gate)
        {
            int[] waiting = [.. _new];
            _new.Clear();
            return waiting;
        }
    }
}
