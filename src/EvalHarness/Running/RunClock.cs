using System.Diagnostics;
using EvalHarness.Results;

namespace EvalHarness.Running;

/// <summary>Where a run's time went.</summary>
internal sealed class RunClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _preparing;
    private TimeSpan _answering;
    private TimeSpan _grading;

    internal T Preparing<T>(Func<T> work)
    {
        long start = time.GetTimestamp();
        T result = work();
        _preparing += time.GetElapsedTime(start);
        return result;
    }

    internal async Task<T> AnsweringAsync<T>(Func<Task<T>> work)
    {
        long start = time.GetTimestamp();
        T result = await work().ConfigureAwait(false);
        _answering += time.GetElapsedTime(start);
        return result;
    }

    internal async Task<T> GradingAsync<T>(Func<Task<T>> work)
    {
        long start = time.GetTimestamp();
        T result = await work().ConfigureAwait(false);
        _grading += time.GetElapsedTime(start);
        return result;
    }

    internal RunTimes Times() => new()
    {
        Total = time.GetElapsedTime(_start).TotalSeconds,
        Preparing = _preparing.TotalSeconds,
        Answering = _answering.TotalSeconds,
        Grading = _grading.TotalSeconds,
        PeakMemory = Process.GetCurrentProcess().PeakWorkingSet64,
    };
}
