using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Scoring;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>
/// Counts completions, and documents where the choices of one question are requests of their own. A document without a prompt counts as
/// done and errored.
/// </summary>
internal sealed class ProgressCounter(
    IProgress<RunProgress>? progress, int total, RemainingTime remaining, Func<EngineUsage> usage, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly Dictionary<long, (PreparedDocument Document, int Open)> _open = [];
    private string _task = "";
    private ScoreSoFar? _score;
    private bool _countsCompletions;
    private int _done;
    private int _errored;

    /// <param name="task">That is answered now.</param>
    /// <param name="grader">Of the task; null where nothing is graded.</param>
    /// <param name="documents">All of them.</param>
    /// <param name="responses">Those there are, and those that come, by the time they are added here.</param>
    /// <param name="isWhole">Whether these are all documents of the task, so that the time they take can be estimated.</param>
    internal void Start(
        TaskRun task,
        IGrader? grader,
        IReadOnlyList<PreparedDocument> documents,
        IReadOnlyDictionary<RequestKey, Response> responses,
        bool isWhole = true)
    {
        (_task, _score) = (task.Definition.Name, new ScoreSoFar(task, grader, responses));
        _countsCompletions = task.Definition.OutputType == OutputType.GenerateUntil;
        _open.Clear();
        foreach (PreparedDocument document in documents)
        {
            if (document.Failure is not null)
            {
                _done += _countsCompletions ? Math.Max(1, task.Definition.Repeats) : 1;
                _errored++;
                continue;
            }

            int open = document.Requests.Count(r => !responses.ContainsKey(r.Key));
            if (_countsCompletions)
                _done += document.Requests.Count - open;
            if (open == 0)
                Complete(document);
            else
                _open[document.Id] = (document, open);
        }

        int requests = documents.Sum(d => d.Requests.Count);
        if (isWhole)
            remaining.StartTask(requests == 0 ? 0 : (double)(requests - responses.Count) / requests);
        Report();
    }

    internal void Add(Response response)
    {
        _done += _countsCompletions ? 1 : 0;
        _errored += response.Error is null ? 0 : 1;
        if (response.LogLikelihood is null)
            remaining.Completed();
        (PreparedDocument document, int open) = _open[response.Key.Document];
        if (open == 1)
            Complete(document);
        _open[response.Key.Document] = (document, open - 1);
        Report();
    }

    /// <summary>All requests of the document are answered.</summary>
    private void Complete(PreparedDocument document)
    {
        _done += _countsCompletions ? 0 : 1;
        _score!.Add(document);
    }

    private void Report()
    {
        if (progress is null)
            return;
        EngineUsage now = usage();
        progress.Report(new RunProgress(_task, _done, total, _errored, now)
        {
            Left = remaining.Estimate(now, time.GetElapsedTime(_start)),
            Score = _score!.Current,
        });
    }
}
