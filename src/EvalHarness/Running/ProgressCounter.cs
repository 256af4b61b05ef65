using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Scoring;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>
/// Counts completions, and documents where the choices of one question are requests of their own. A document without a prompt counts as
/// done and errored. Documents are met on the threads on which an engine reads its requests.
/// </summary>
internal sealed class ProgressCounter(
    IProgress<RunProgress>? progress, int total, RemainingTime remaining, Func<EngineUsage> usage, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly Lock _gate = new();
    private string _task = "";
    private ScoreSoFar? _score;
    private bool _countsCompletions;
    private int _repeats;
    private int _done;
    private int _errored;
    private (int Done, int Errored) _reported;

    /// <param name="documents">Those of the task that is answered now.</param>
    /// <param name="grader">Of the task; null where nothing is graded.</param>
    /// <param name="journal">Has the responses of a document when it is complete.</param>
    /// <param name="asked">The number of documents that are asked, of which the time can be estimated; null where it is not known.</param>
    internal void Start(PreparedDocuments documents, IGrader? grader, Journal journal, int? asked)
    {
        TaskRun task = documents.Run;
        (_task, _score) = (task.Definition.Name, new ScoreSoFar(documents, grader, journal));
        _countsCompletions = task.Definition.OutputType == OutputType.GenerateUntil;
        _repeats = Math.Max(1, task.Definition.Repeats);
        if (asked is { } count)
            remaining.StartTask(1 - Math.Min(1, (double)journal.DocumentsOf(_task) / Math.Max(1, count)));
        Report();
    }

    /// <summary>More documents of a task are asked than was expected, or fewer.</summary>
    internal void Expect(TaskRun task, int more)
    {
        lock (_gate)
            total += more * task.AnswersOfEach;
    }

    /// <summary>A task was answered and graded by an earlier start.</summary>
    internal void Keep(TaskResult task)
    {
        lock (_gate)
            _done += task.Count * task.Run.AnswersOfEach;
        remaining.StartTask(0);
    }

    /// <summary>The requests of a document are made, for the first time.</summary>
    /// <param name="position">Of the document in the run.</param>
    /// <param name="document">The document.</param>
    /// <param name="answered">How many of its requests are answered already.</param>
    internal void Met(int position, PreparedDocument document, int answered)
    {
        lock (_gate)
        {
            if (document.Failure is not null)
            {
                _done += _countsCompletions ? _repeats : 1;
                _errored++;
                return;
            }

            if (_countsCompletions)
                _done += answered;
            if (answered == document.Requests.Count)
                Complete(position);
        }
    }

    /// <summary>A request was answered.</summary>
    internal void Add(int position, Response response, bool isComplete)
    {
        lock (_gate)
        {
            _done += _countsCompletions ? 1 : 0;
            _errored += response.Error is null ? 0 : 1;
            if (response.LogLikelihood is null)
                remaining.Completed();
            if (isComplete)
                Complete(position);
        }

        Report();
    }

    /// <summary>The task is answered.</summary>
    internal void Finish()
    {
        if (_reported != (_done, _errored))
            Report();
    }

    /// <summary>All requests of the document are answered.</summary>
    private void Complete(int position)
    {
        _done += _countsCompletions ? 0 : 1;
        _score!.Add(position);
    }

    private void Report()
    {
        if (progress is null)
            return;
        EngineUsage now = usage();
        _reported = (_done, _errored);
        progress.Report(new RunProgress(_task, _done, total, _errored, now)
        {
            Left = remaining.Estimate(now, time.GetElapsedTime(_start)),
            Score = _score!.Current,
        });
    }
}
