using System.Diagnostics;
using EvalHarness.Results;

namespace EvalHarness.Running;

/// <summary>Where a run's time goes.</summary>
internal sealed class RunClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private RunTimes _times = new();

    internal RunTimes Times => _times with
    {
        Total = time.GetElapsedTime(_start).TotalSeconds,
        PeakMemory = Process.GetCurrentProcess().PeakWorkingSet64,
    };

    internal T Preparing<T>(Func<T> work)
    {
        long start = time.GetTimestamp();
        T result = work();
        _times = _times with { Preparing = _times.Preparing + Seconds(start) };
        return result;
    }

    internal async Task<T> AnsweringAsync<T>(Func<Task<T>> work)
    {
        long start = time.GetTimestamp();
        T result = await work().ConfigureAwait(false);
        _times = _times with { Answering = _times.Answering + Seconds(start) };
        return result;
    }

    internal async Task<T> GradingAsync<T>(Func<Task<T>> work)
    {
        long start = time.GetTimestamp();
        T result = await work().ConfigureAwait(false);
        _times = _times with { Grading = _times.Grading + Seconds(start) };
        return result;
    }

    internal void Writing(Action work)
    {
        long start = time.GetTimestamp();
        work();
        _times = _times with { Writing = _times.Writing + Seconds(start) };
    }

    internal async Task WritingAsync(Func<Task> work)
    {
        long start = time.GetTimestamp();
        await work().ConfigureAwait(false);
        _times = _times with { Writing = _times.Writing + Seconds(start) };
    }

    private double Seconds(long start) => time.GetElapsedTime(start).TotalSeconds;
}
