using EvalHarness.Results;
using EvalHarness.Running;

namespace EvalHarness.Tests.Running;

public sealed class TaskShareTests
{
    private static TaskWork[] Tasks(params long[] tokens) => [.. tokens.Select(t => new TaskWork(4 * t, 0, 0))];

    private static double[] Shares(int number, int of, params long[] tokens) =>
        [.. TaskShare.Of(new RunPart(number, of), Tasks(tokens)).Select(s => s.Share)];

    [Fact]
    public void Of_NoPart_IsAll() => Assert.All(TaskShare.Of(null, Tasks(1, 5, 100)), s => Assert.True(s.IsWhole));

    [Fact]
    public void Of_ACutNearTheEndOfATask_IsMadeThere()
    {
        Assert.Equal([1, 0], Shares(1, 2, 110, 90));
        Assert.Equal([0, 1], Shares(2, 2, 110, 90));
    }

    [Fact]
    public void Of_ACutInTheMiddleOfATask_CutsIt()
    {
        Assert.Equal([1, 0.4], Shares(1, 2, 10, 50, 0)[..2], (a, b) => Math.Abs(a - b) < 0.01);
        Assert.Equal([0, 0.6, 1], Shares(2, 2, 10, 50, 0), (a, b) => Math.Abs(a - b) < 0.01);
    }

    /// <summary>The more its prompts share, the rather a task stays whole, up to half a part.</summary>
    [Fact]
    public void Of_ATaskWhosePromptsShareMuch_IsNotCut()
    {
        TaskWork[] tasks = [new(400, 0, 0), new(1_200, 0, 0), new(400, 0, 0)];
        static double[] Of(params TaskWork[] tasks) => [.. TaskShare.Of(new RunPart(1, 2), tasks).Select(s => s.Share)];
        Assert.Equal([1, 0.5, 0], Of(tasks));
        tasks[1] = tasks[1] with { Shared = 600 };
        Assert.Equal([1, 0.5, 0], Of(tasks));
        tasks = [new(700, 0, 0), new(600, 0, 0, Shared: 100), new(700, 0, 0)];
        Assert.Equal([1, 0.5, 0], Of(tasks));
        tasks[1] = tasks[1] with { Shared = 160 };
        Assert.Equal([1, 0, 0], Of(tasks));
    }

    /// <summary>Every bit of work is in one part, whatever the sizes.</summary>
    [Fact]
    public void Of_RandomTasks_PartsFollowEachOther()
    {
        var random = new Random(25);
        for (int round = 0; round < 200; round++)
        {
            TaskWork[] tasks = Tasks([.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => random.NextInt64(0, 1_000))]);
            int of = random.Next(1, 30);
            long[] reached = new long[tasks.Length];
            for (int number = 1; number <= of; number++)
            {
                IReadOnlyList<TaskShare> shares = TaskShare.Of(new RunPart(number, of), tasks);
                for (int task = 0; task < tasks.Length; task++)
                {
                    if (shares[task].IsNone)
                        continue;
                    Assert.Equal(reached[task], shares[task].From);
                    reached[task] = shares[task].To;
                }
            }

            Assert.Equal(TaskShare.Of(null, tasks).Select(s => s.Whole), reached);
        }
    }
}
