using EvalHarness.Engines;

namespace EvalHarness.Tests.Engines;

public sealed class LogSoftmaxTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(512)]
    [InlineData(5000)]
    public void LogSumExp_AgainstPlainLoop_IsEqual(int size)
    {
        var random = new Random(size);
        float[] row = [.. Enumerable.Range(0, size).Select(_ => (float)((random.NextDouble() * 40) - 20))];
        double max = row.Max();
        double expected = max + Math.Log(row.Sum(x => Math.Exp(x - max)));
        Assert.Equal(expected, LogSoftmax.LogSumExp(row), 12);
    }

    [Fact]
    public void LogSumExp_LargeLogits_DoesNotOverflow() =>
        Assert.Equal(1000 + Math.Log(2), LogSoftmax.LogSumExp([1000f, 1000f, -1000f]), 12);

    [Fact]
    public void LogSumExp_NotANumber_IsSeen() => Assert.False(double.IsFinite(LogSoftmax.LogSumExp([1f, float.NaN])));

    [Fact]
    public void ArgMax_Equals_TakesTheFirst() => Assert.Equal(1, LogSoftmax.ArgMax([0f, 3f, 3f]));
}
