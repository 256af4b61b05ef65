using EvalHarness.Engines;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>What a start of a run has spent so far, in all and on each task. Another thread may read it meanwhile.</summary>
internal sealed class WorkLedger(IEngine engine, RunClock clock)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, RunCost> _tasks = [];
    private (string Task, RunCost Before)? _open;
    private RunWork? _end;

    internal RunClock Clock => clock;

    /// <summary>Includes what is under way, up to <see cref="End"/>.</summary>
    internal RunWork Work
    {
        get
        {
            lock (_lock)
                return _end ?? WorkNow();
        }
    }

    private RunCost Now => new(engine.Usage, clock.Times);

    /// <summary>Ends the account, so that all who ask for it later get the same.</summary>
    internal RunWork End()
    {
        lock (_lock)
            return _end ??= WorkNow();
    }

    /// <summary>Counts work as work on a task, also where it ends by an exception. Two such works do not overlap.</summary>
    internal async Task<T> CountAsync<T>(TaskRun task, Func<Task<T>> work)
    {
        lock (_lock)
            _open = (task.Definition.Name, Now);
        try
        {
            return await work().ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                (string name, RunCost cost) = OfOpen()!.Value;
                (_tasks[name], _open) = (cost, null);
            }
        }
    }

    private (string Task, RunCost Cost)? OfOpen() => _open is { } open
        ? (open.Task, (_tasks.GetValueOrDefault(open.Task) ?? RunCost.None).Plus(Now.Since(open.Before)))
        : null;

    private RunWork WorkNow()
    {
        var tasks = new Dictionary<string, RunCost>(_tasks);
        if (OfOpen() is { } open)
            tasks[open.Task] = open.Cost;
        RunCost now = Now;
        return new RunWork
        {
            Usage = now.Usage,
            Seconds = now.Seconds,
            Tasks = tasks,
        };
    }
}
