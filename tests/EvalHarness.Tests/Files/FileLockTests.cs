using EvalHarness.Files;

namespace EvalHarness.Tests.Files;

public sealed class FileLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>A file that is deleted when its lock is released is not locked by two at once while it goes.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Take_FromManyThreads_HoldsOneAtATime(bool keep)
    {
        int inside = 0, most = 0, taken = 0;
        Parallel.For(0, 20_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            using FileStream? held = FileLock.Take(_folder["lock"], keep);
            if (held is null)
                return;
            int now = Interlocked.Increment(ref inside);
            if (now > 1)
                Volatile.Write(ref most, now);
            Interlocked.Increment(ref taken);
            Thread.Yield();
            Interlocked.Decrement(ref inside);
        });
        Assert.Equal(0, most);
        Assert.True(taken > 1);
        Assert.Equal(keep, File.Exists(_folder["lock"]));
    }

    public void Dispose() => _folder.Dispose();
}
