using EvalHarness.Engines;
using EvalHarness.Tasks;

namespace EvalHarness.Tests.Engines;

public sealed class TokenSamplerTests
{
    private static readonly float[] Row = [0f, 2f, 1f, 2f, -1f];

    private static int[] Draw(GenerationOptions options, int seed, int count = 2000)
    {
        var sampler = new TokenSampler(options, seed);
        return [.. Enumerable.Range(0, count).Select(_ => sampler.Next(Row))];
    }

    private static GenerationOptions Options(double temperature = 1, int topK = 0, double topP = 1, bool sample = true) =>
        new() { Until = [], Sample = sample, Temperature = temperature, TopK = topK, TopP = topP };

    [Fact]
    public void Next_Greedy_TakesTheFirstOfEquals() => Assert.All(Draw(Options(sample: false), 1), t => Assert.Equal(1, t));

    [Fact]
    public void Next_TemperatureZero_IsGreedy() => Assert.All(Draw(Options(temperature: 0), 1), t => Assert.Equal(1, t));

    [Fact]
    public void Next_SameSeed_SameTokens() => Assert.Equal(Draw(Options(), 7), Draw(Options(), 7));

    [Fact]
    public void Next_OtherSeed_OtherTokens() => Assert.NotEqual(Draw(Options(), 7), Draw(Options(), 8));

    [Fact]
    public void Next_TopK_KeepsTheLikeliest() => Assert.Equal([1, 3], Draw(Options(topK: 2), 3).Distinct().Order());

    [Fact]
    public void Next_TopP_KeepsTheFewestThatReachIt()
    {
        // Probabilities: 0.38, 0.38, 0.14, 0.05, 0.02.
        Assert.Equal([1, 3], Draw(Options(topP: 0.7), 3).Distinct().Order());
        Assert.Equal([1, 2, 3], Draw(Options(topP: 0.8), 3).Distinct().Order());
    }

    /// <summary>Of the likeliest token's share, the others have 1, 0.37, 0.14 and 0.05.</summary>
    [Theory]
    [InlineData(0.3, new[] { 1, 2, 3 })]
    [InlineData(0.1, new[] { 0, 1, 2, 3 })]
    [InlineData(1, new[] { 1, 3 })]
    [InlineData(0, new[] { 0, 1, 2, 3, 4 })]
    public void Next_MinP_KeepsTheTokensThatAreLikelyEnough(double minP, int[] kept) =>
        Assert.Equal(kept, Draw(Options() with { MinP = minP }, 3).Distinct().Order());

    /// <summary>Logits above 0 are divided, those below are multiplied, and a token that was seen twice counts once.</summary>
    [Fact]
    public void Next_RepetitionPenalty_ChangesWhatWasSeen()
    {
        var greedy = new TokenSampler(Options(sample: false) with { RepetitionPenalty = 4 }, 1);
        Assert.Equal(1, greedy.Next(Row));
        greedy.See(1, 1);
        Assert.Equal(3, greedy.Next(Row));
        greedy.See(3);
        // 2 / 4 = 0.5 twice, so that 1 is the largest.
        Assert.Equal(2, greedy.Next(Row));
        greedy.See(2);
        // 0.5, 0.5, 0.25 and 0.
        Assert.Equal(1, greedy.Next(Row));
        var negative = new TokenSampler(Options(sample: false) with { RepetitionPenalty = 2 }, 1);
        negative.See(0);
        // -1 * 2 lies below -1.5.
        Assert.Equal(1, negative.Next([-1f, -1.5f]));
    }

    [Fact]
    public void Next_Pure_FollowsTheProbabilities()
    {
        double total = Row.Sum(x => Math.Exp(x));
        int[] drawn = Draw(Options(), 11, 20000);
        for (int token = 0; token < Row.Length; token++)
        {
            double p = Math.Exp(Row[token]) / total, share = drawn.Count(t => t == token) / 20000.0;
            Assert.InRange(share, p - (4 * Math.Sqrt(p * (1 - p) / 20000)), p + (4 * Math.Sqrt(p * (1 - p) / 20000)));
        }
    }
}
