using System.Text.Json;
using EvalHarness.Pythonic;

namespace EvalHarness.Tests.Pythonic;

/// <summary>Against numbers that CPython drew (random-sample-cases.json).</summary>
public sealed class MersenneTwisterTests
{
    [Fact]
    public void Sample_SeveralSeeds_DrawsWhatPythonDraws()
    {
        JsonElement cases = JsonSerializer.Deserialize<JsonElement>(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Pythonic", "random-sample-cases.json")));
        MersenneTwister? random = null;
        long seed = -1;
        foreach (JsonElement c in cases.GetProperty("samples").EnumerateArray())
        {
            if (c.GetProperty("seed").GetInt64() != seed)
                random = new MersenneTwister(seed = c.GetProperty("seed").GetInt64());
            if (c.TryGetProperty("drawn", out JsonElement drawn))
                Assert.Equal(
                    drawn.EnumerateArray().Select(d => d.GetInt32()),
                    random!.Sample(c.GetProperty("n").GetInt32(), c.GetProperty("k").GetInt32()));
            else
                Assert.All(c.GetProperty("doubles").EnumerateArray(), d => Assert.Equal(d.GetDouble(), random!.NextDouble()));
        }
    }

    /// <summary>Numbers of the fifth block of 624, and a sum over all before, from CPython's random.Random(7).getrandbits(32).</summary>
    [Fact]
    public void Numbers_OfLaterBlocks_AreThoseOfPython()
    {
        var random = new MersenneTwister(7);
        uint last = 0, sum = 0;
        for (int i = 0; i < 3_000; i++)
        {
            last = random.NextUInt32();
            sum = unchecked((sum * 31) + last);
        }

        Assert.Equal((4294754295u, 930766924u), (last, sum));
    }

    /// <summary>From CPython's random.Random(3).choices(range(1000), k=1500), after one getrandbits(32) or none.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public void Choose_DrawsWhatSingleNumbersGive(int before)
    {
        MersenneTwister random = new(3), single = new(3);
        for (int i = 0; i < before; i++)
            Assert.Equal(random.NextUInt32(), single.NextUInt32());
        int[] drawn = new int[1_500];
        random.Choose(drawn, 1_000);
        Assert.Equal(drawn, Enumerable.Range(0, 1_500).Select(_ => (int)Math.Floor(single.NextDouble() * 1_000)));
        Assert.Equal(random.NextUInt32(), single.NextUInt32());
        if (before == 1)
            Assert.Equal((592, 130, 962, 730557), (drawn[0], drawn[1], drawn[^1], drawn.Sum()));
    }

    [Fact]
    public void Sample_MoreThanThereAre_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => new MersenneTwister(1).Sample(3, 4));
}
