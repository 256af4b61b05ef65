using EvalHarness.Cli.Processes;
using EvalHarness.Nightly;

namespace EvalHarness.Tests.Cli;

/// <summary>When the process of a part is started again.</summary>
public sealed class PartWatchTests
{
    /// <param name="starts">Each as the end of a process, its exit code, and whether it answered something.</param>
    /// <returns>The number of starts, the last end, and what was said.</returns>
    private static async Task<(int Starts, NightTry Last, List<string> Said)> WatchAsync(
        params (string End, int Code, bool GetsFurther)[] starts)
    {
        int count = 0, size = 0;
        var said = new List<string>();
        Task<NightTry> StartAsync(CancellationToken cancellationToken)
        {
            (string end, int code, bool getsFurther) = starts[count++];
            size += getsFurther ? 1 : 0;
            return Task.FromResult(new NightTry
            {
                Started = default,
                Seen = default,
                End = Enum.Parse<TryEnd>(end),
                ExitCode = code,
                Error = code == 0 ? null : $"code {code}",
            });
        }

        NightTry last = await new PartWatch(StartAsync, () => size, said.Add).RunAsync(CancellationToken.None);
        return (count, last, said);
    }

    [Fact]
    public async Task Finished_IsNotStartedAgain()
    {
        (int starts, NightTry last, List<string> said) = await WatchAsync(("Finished", 0, true), ("Failed", 1, false));
        Assert.Equal((1, TryEnd.Finished), (starts, last.End));
        Assert.Empty(said);
    }

    [Theory]
    [InlineData("Crashed", 137)]
    [InlineData("Stalled", 137)]
    public async Task EndedWithoutAWord_GetsFurther_IsStartedAgainAsOftenAsItTakes(string end, int code)
    {
        (int starts, NightTry last, List<string> said) = await WatchAsync(
            (end, code, true), (end, code, false), (end, code, false), (end, code, true), (end, code, false), (end, code, false),
            (end, code, true), ("Finished", 6, false));
        Assert.Equal((8, TryEnd.Finished), (starts, last.End));
        Assert.Equal(7, said.Count);
        Assert.Equal("code 137; it is started again", said[0]);
    }

    [Theory]
    [InlineData("Crashed", 139)]
    [InlineData("Stalled", 137)]
    public async Task EndedWithoutAWord_GetsNoFurther_IsGivenUpAfterThreeStarts(string end, int code)
    {
        (int starts, NightTry last, _) = await WatchAsync(
            (end, code, true), (end, code, false), (end, code, false), (end, code, false), ("Finished", 0, true));
        Assert.Equal((4, code), (starts, last.ExitCode));
    }

    /// <summary>An engine that failed in the middle may go on; a model that is missing stays missing.</summary>
    [Theory]
    [InlineData((int)ExitCode.Model, true, 2)]
    [InlineData((int)ExitCode.Model, false, 1)]
    [InlineData((int)ExitCode.Usage, true, 1)]
    [InlineData((int)ExitCode.Data, true, 1)]
    public async Task Failed_IsStartedAgainOnlyWhereAnEngineFailedOnTheWay(int code, bool getsFurther, int expected)
    {
        (int starts, _, _) = await WatchAsync(("Failed", code, getsFurther), ("Finished", 0, true));
        Assert.Equal(expected, starts);
    }
}
