using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Results;

namespace EvalHarness.Running;

/// <summary>
/// Writes the answers to the choices of a document as one line of the journal where they share their context. An answer that is not
/// written yet is lost if the process is killed; it waits only for other choices of its document, which cost the engine next to nothing.
/// </summary>
internal sealed class JournalGroups(Journal journal, RunClock clock)
{
    /// <summary>Documents whose choices are waited for. With several workers the answers to several documents come interleaved.</summary>
    private const int MostOpen = 16;

    private readonly List<Group> _open = [];

    private sealed record Group(string Context, List<(LogLikelihoodRequest Request, Response Response)> Choices)
    {
        internal RequestKey First => Choices[0].Request.Key;
    }

    internal void Add(LogLikelihoodRequest request, Response response)
    {
        Group? group = _open.Find(g => g.First.Document == request.Key.Document && g.Context == request.Context);
        if (group is null)
        {
            if (_open.Count == MostOpen)
                Write(_open[0]);
            _open.Add(group = new Group(request.Context, []));
        }

        group.Choices.Add((request, response));
    }

    /// <summary>Writes what there is of a document.</summary>
    internal void Flush(long document)
    {
        foreach (Group group in _open.Where(g => g.First.Document == document).ToList())
            Write(group);
    }

    /// <summary>Writes everything.</summary>
    internal void Flush()
    {
        while (_open.Count > 0)
            Write(_open[0]);
    }

    private void Write(Group group)
    {
        _open.Remove(group);
        clock.Writing(() =>
        {
            if (group.Choices is [var (request, response)])
                journal.Append(request, response);
            else
                journal.Append(group.Choices);
        });
    }
}
