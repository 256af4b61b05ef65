using EvalHarness.Engines;

namespace EvalHarness.Running;

/// <summary>Counts requests in documents, so that four choices of one question count once.</summary>
internal sealed class ProgressCounter(IProgress<RunProgress>? progress, int total)
{
    private string _task = "";
    private int _perDocument = 1;
    private int _before;
    private int _inTask;
    private int _errored;

    internal void Start(string task, int perDocument, int alreadyAnswered)
    {
        _before += _inTask / _perDocument;
        (_task, _perDocument, _inTask) = (task, perDocument, alreadyAnswered);
        Report();
    }

    internal void Add(Response response)
    {
        _inTask++;
        _errored += response.Error is null ? 0 : 1;
        Report();
    }

    private void Report() => progress?.Report(new RunProgress(_task, _before + (_inTask / _perDocument), total, _errored));
}
