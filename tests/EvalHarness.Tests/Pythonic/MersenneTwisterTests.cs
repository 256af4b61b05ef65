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

    [Fact]
    public void Sample_MoreThanThereAre_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => new MersenneTwister(1).Sample(3, 4));
}
