namespace EvalHarness.Tests.OpenAI.Transport;

/// <summary>A clock that goes a thousand times faster, so that waits of seconds take milliseconds and nothing else changes.</summary>
internal sealed class FastTime : TimeProvider
{
    private const int Speed = 1000;

    private readonly DateTimeOffset _start = System.GetUtcNow();
    private readonly long _origin = System.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => _start + (System.GetElapsedTime(_origin) * Speed);

    public override long GetTimestamp() => (System.GetTimestamp() - _origin) * Speed;

    public override long TimestampFrequency => System.TimestampFrequency;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Real(dueTime), Real(period));

    private static TimeSpan Real(TimeSpan time) => time == Timeout.InfiniteTimeSpan || time == TimeSpan.Zero ? time : time / Speed;
}
