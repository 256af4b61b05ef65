using System.Diagnostics;
using EvalHarness.Results;

namespace EvalHarness.Running;

/// <summary>Where a run's time goes. Another thread may read the times meanwhile; they include what is under way.</summary>
internal sealed class RunClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly Lock _lock = new();

    /// <summary>Those under way: the journal is written while responses are waited for.</summary>
    private readonly List<Phase> _open = [];

    private RunTimes _times = new();

    internal RunTimes Times
    {
        get
        {
            lock (_lock)
            {
                return _open.Aggregate(_times, (sum, phase) => phase.AddTo(sum)) with
                {
                    Total = time.GetElapsedTime(_start).TotalSeconds,
                    PeakMemory = Process.GetCurrentProcess().PeakWorkingSet64,
                };
            }
        }
    }

    internal T Preparing<T>(Func<T> work)
    {
        using Phase phase = Begin((times, seconds) => times with { Preparing = times.Preparing + seconds });
        return work();
    }

    internal async Task<T> AnsweringAsync<T>(Func<Task<T>> work)
    {
        using Phase phase = Begin((times, seconds) => times with { Answering = times.Answering + seconds });
        return await work().ConfigureAwait(false);
    }

    internal async Task<T> GradingAsync<T>(Func<Task<T>> work)
    {
        using Phase phase = Begin((times, seconds) => times with { Grading = times.Grading + seconds });
        return await work().ConfigureAwait(false);
    }

    internal void Writing(Action work)
    {
        using Phase phase = BeginWriting();
        work();
    }

    internal async Task WritingAsync(Func<Task> work)
    {
        using Phase phase = BeginWriting();
        await work().ConfigureAwait(false);
    }

    private Phase BeginWriting() => Begin((times, seconds) => times with { Writing = times.Writing + seconds });

    private Phase Begin(Func<RunTimes, double, RunTimes> add)
    {
        var phase = new Phase(this, add);
        lock (_lock)
            _open.Add(phase);
        return phase;
    }

    /// <summary>Counts from its making until it is disposed, also where the work ends by an exception.</summary>
    private sealed class Phase(RunClock clock, Func<RunTimes, double, RunTimes> add) : IDisposable
    {
        private readonly long _start = clock.Now;

        internal RunTimes AddTo(RunTimes times) => add(times, clock.Since(_start));

        public void Dispose()
        {
            lock (clock._lock)
            {
                clock._open.Remove(this);
                clock._times = AddTo(clock._times);
            }
        }
    }

    private long Now => time.GetTimestamp();

    private double Since(long start) => time.GetElapsedTime(start).TotalSeconds;
}
