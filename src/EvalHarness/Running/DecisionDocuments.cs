using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>The documents of several tasks, one task after the other, by their place among all of them. None is read.</summary>
internal sealed class DecisionDocuments
{
    private readonly IReadOnlyList<TaskRun> _tasks;

    /// <summary>The place of each task's first document, and behind them the number of all.</summary>
    private readonly int[] _starts;

    /// <summary>The numbers of a task's documents, ascending; null where they count from 0.</summary>
    private readonly int[]?[] _ids;

    /// <param name="tasks">The tasks with their documents.</param>
    internal DecisionDocuments(IReadOnlyList<TaskRun> tasks)
    {
        _tasks = tasks;
        _ids = [.. tasks.Select(task => task.Indices is null ? null : task.DocumentIds.ToArray())];
        _starts = new int[tasks.Count + 1];
        for (int i = 0; i < tasks.Count; i++)
            _starts[i + 1] = _starts[i] + tasks[i].Documents.Count;
    }

    internal int Count => _starts[^1];

    /// <summary>The task of the document at a place, and the document's number.</summary>
    internal (TaskRun Task, long Document) this[int place]
    {
        get
        {
            int found = Array.BinarySearch(_starts, place);
            // Between two starts the complement of the later one is found. A task without documents has the start of the next.
            int task = found < 0 ? ~found - 1 : found;
            while (_starts[task + 1] == _starts[task])
                task++;
            int position = place - _starts[task];
            return (_tasks[task], _ids[task]?[position] ?? position);
        }
    }

    /// <summary>The place of a document that is there.</summary>
    internal int PlaceOf(TaskRun task, long document)
    {
        int at = 0;
        while (!ReferenceEquals(_tasks[at], task))
            at++;
        return _starts[at] + (_ids[at] is { } ids ? Array.BinarySearch(ids, (int)document) : (int)document);
    }
}
