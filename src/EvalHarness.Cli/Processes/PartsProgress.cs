namespace EvalHarness.Cli.Processes;

/// <summary>One line for all parts of a run: what they have done together, and how many processes are at work.</summary>
/// <param name="line">Shows it; null where nobody wants to see it.</param>
/// <param name="parts">The number of parts.</param>
/// <param name="time">Measures the rate.</param>
internal sealed class PartsProgress(ProgressLine? line, int parts, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly State[] _states = [.. Enumerable.Range(0, parts).Select(_ => new State())];
    private long? _start;

    private sealed class State
    {
        internal ProgressReport? Latest { get; set; }

        /// <summary>Of the starts before the one that reports now.</summary>
        internal long TokensBefore { get; set; }

        internal bool IsAtWork { get; set; }
    }

    /// <summary>The process of a part is started, perhaps once more.</summary>
    /// <param name="part">From 0.</param>
    internal void Start(int part)
    {
        lock (_gate)
        {
            State state = _states[part];
            state.TokensBefore += state.Latest?.Tokens ?? 0;
            state.Latest = state.Latest is { } latest ? latest with { Tokens = 0, SecondsLeft = null } : null;
            state.IsAtWork = true;
        }
    }

    /// <summary>The process of a part says how far it is.</summary>
    internal void Report(int part, ProgressReport report)
    {
        lock (_gate)
        {
            _start ??= time.GetTimestamp();
            _states[part].Latest = report;
            // Before all have said how much they have to do, the total would be wrong.
            if (line is not null && _states.All(s => s.Latest is not null || !s.IsAtWork) && line.IsDue())
                line.Write(Together());
        }
    }

    /// <summary>The process of a part has ended.</summary>
    /// <param name="part">From 0.</param>
    /// <param name="isFinished">Whether the part is computed; a process says every second how far it is, and not at its end.</param>
    internal void End(int part, bool isFinished)
    {
        lock (_gate)
        {
            State state = _states[part];
            state.IsAtWork = false;
            if (isFinished && state.Latest is { } latest)
                state.Latest = latest with { Done = latest.Total, SecondsLeft = null };
        }
    }

    /// <summary>Writes a line above.</summary>
    internal void Above(Action write)
    {
        lock (_gate)
        {
            line?.Clear();
            write();
        }
    }

    private ProgressReport Together()
    {
        ProgressReport[] known = [.. _states.Select(s => s.Latest).OfType<ProgressReport>()];
        return new ProgressReport
        {
            Done = known.Sum(r => r.Done),
            Total = known.Sum(r => r.Total),
            Errored = known.Sum(r => r.Errored),
            Tokens = known.Sum(r => r.Tokens) + _states.Sum(s => s.TokensBefore),
            Seconds = time.GetElapsedTime(_start!.Value).TotalSeconds,
            // They work side by side, so that the slowest decides.
            SecondsLeft = known.Max(r => r.SecondsLeft),
            What = $"{_states.Count(s => s.IsAtWork)} of {parts} processes at work",
        };
    }
}
