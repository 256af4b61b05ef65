using EvalHarness.Engines;

namespace EvalHarness.Tests.Engines;

public sealed class StopStringsTests
{
    [Fact]
    public void Add_StopAcrossTokens_IsFound()
    {
        var stops = new StopStrings(["\n\nQuestion:", "</s>"]);
        Assert.False(stops.Add("The answer is 4.\n"));
        Assert.False(stops.Add("\nQues"));
        Assert.True(stops.Add("tion: next"));
    }

    [Fact]
    public void Add_ManySmallPieces_IsFound()
    {
        var stops = new StopStrings(["abcabd"]);
        Assert.Equal([false, false, false, false, false, false, false, false, true], "abcabcabd".Select(c => stops.Add(c.ToString())));
    }

    /// <summary>The reference splits at one stop after the other, which leaves what stands before the earliest.</summary>
    [Theory]
    [InlineData("one STOP two END", "one ", true)]
    [InlineData("one END two STOP", "one ", true)]
    [InlineData("nothing", "nothing", false)]
    [InlineData("", "", false)]
    [InlineData("STOP", "", true)]
    public void Cut_SeveralStops_AtTheEarliest(string completion, string expected, bool stopped) =>
        Assert.Equal((expected, stopped), new StopStrings(["STOP", "END", ""]).Cut(completion));
}
