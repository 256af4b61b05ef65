using System.Collections.Concurrent;

namespace EvalHarness.Sandbox;

/// <summary>
/// The thread on which boxes are started. A box that dies with its parent dies with the thread that started it, because that is what the
/// kernel takes for the parent (PR_SET_PDEATHSIG in prctl(2)). Threads of the pool end when there is little to do; this one lives as long
/// as the program.
/// </summary>
internal static class StartingThread
{
    private static readonly BlockingCollection<Task> Starts = Begin();

    /// <summary>Starts a process, and waits until it is started.</summary>
    internal static void Run(Action start)
    {
        var task = new Task(start);
        Starts.Add(task);
        task.GetAwaiter().GetResult();
    }

    private static BlockingCollection<Task> Begin()
    {
        var starts = new BlockingCollection<Task>();
        var thread = new Thread(() =>
        {
            foreach (Task task in starts.GetConsumingEnumerable())
                task.RunSynchronously(TaskScheduler.Default);
        })
        {
            IsBackground = true,
            Name = "starts boxes",
        };
        thread.Start();
        return starts;
    }
}
