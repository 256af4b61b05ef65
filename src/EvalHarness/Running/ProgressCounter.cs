using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Scoring;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>Counts requests in documents, so that four choices of one question count once.</summary>
internal sealed class ProgressCounter(
    IProgress<RunProgress>? progress, int total, RemainingTime remaining, Func<EngineUsage> usage, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly Dictionary<long, (PreparedDocument Document, int Open)> _open = [];
    private string _task = "";
    private ScoreSoFar? _score;
    private int _perDocument = 1;
    private int _before;
    private int _inTask;
    private int _errored;

    /// <param name="task">That is answered now.</param>
    /// <param name="grader">Of the task; null where nothing is graded.</param>
    /// <param name="documents">All of them.</param>
    /// <param name="responses">Those there are, and those that come, by the time they are added here.</param>
    internal void Start(
        TaskRun task, IGrader? grader, IReadOnlyList<PreparedDocument> documents, IReadOnlyDictionary<RequestKey, Response> responses)
    {
        _before += _inTask / _perDocument;
        (_task, _inTask, _score) = (task.Definition.Name, responses.Count, new ScoreSoFar(task, grader, responses));
        _perDocument = task.Definition.OutputType == OutputType.GenerateUntil ? 1 : documents[0].Requests.Count;
        _open.Clear();
        foreach (PreparedDocument document in documents)
        {
            int open = document.Requests.Count(r => !responses.ContainsKey(r.Key));
            if (open == 0)
                _score.Add(document);
            else
                _open[document.Id] = (document, open);
        }

        int requests = documents.Sum(d => d.Requests.Count);
        remaining.StartTask((double)(requests - responses.Count) / requests);
        Report();
    }

    internal void Add(Response response)
    {
        _inTask++;
        _errored += response.Error is null ? 0 : 1;
        if (response.LogLikelihood is null)
            remaining.Completed();
        (PreparedDocument document, int open) = _open[response.Key.Document];
        if (open == 1)
            _score!.Add(document);
        _open[response.Key.Document] = (document, open - 1);
        Report();
    }

    private void Report()
    {
        if (progress is null)
            return;
        EngineUsage now = usage();
        progress.Report(new RunProgress(_task, _before + (_inTask / _perDocument), total, _errored, now)
        {
            Left = remaining.Estimate(now, time.GetElapsedTime(_start)),
            Score = _score!.Current,
        });
    }
}
