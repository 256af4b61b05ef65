using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

public sealed class BootstrapTests
{
    /// <summary>As many as asked for while rows times draws are at most a thousand million, then whole thousands, at least one.</summary>
    [Theory]
    [InlineData(100_000, 10_000, 100_000)]
    [InlineData(100_000, 10_001, 99_000)]
    [InlineData(100_000, 1_000_000, 1_000)]
    [InlineData(100_000, 50_000_000, 1_000)]
    [InlineData(100, 50_000_000, 100)]
    [InlineData(2_500, 10, 2_000)]
    [InlineData(100, 10, 100)]
    public void Draws_AreCapped(int asked, int rows, int expected) => Assert.Equal(expected, Bootstrap.Draws(asked, rows));

    /// <summary>The number of right rows, of which the error is known, by rows and by counts.</summary>
    [Theory]
    [InlineData(40, 10)]
    [InlineData(400, 399)]
    [InlineData(3_000, 1_500)]
    public void Counts_GiveTheErrorOfRows(int rows, int right)
    {
        const int Draws = 20_000;
        double known = Math.Sqrt((double)right * (rows - right) / rows);
        double byRows = Bootstrap.StandardError(
            sample =>
            {
                int sum = 0;
                foreach (int i in sample)
                    sum += i < right ? 1 : 0;
                return sum;
            },
            rows,
            Draws);
        double byCounts = Bootstrap.StandardError(counts => counts[1], [rows - right, right, 0], Draws);
        // The relative error of a standard deviation of so many draws is 0.5%.
        Assert.InRange(byRows / known, 0.98, 1.02);
        Assert.InRange(byCounts / known, 0.98, 1.02);
    }

    [Fact]
    public void Counts_AddUpToTheRows_InEveryDraw()
    {
        long[] counts = [5, 0, 900, 1, 94];
        var wrong = new System.Collections.Concurrent.ConcurrentBag<string>();
        Bootstrap.StandardError(
            drawn =>
            {
                long sum = 0;
                foreach (long count in drawn)
                    sum += count;
                if (sum != 1_000 || drawn[1] != 0)
                    wrong.Add(string.Join(' ', drawn.ToArray()));
                return 0;
            },
            counts,
            5_000);
        Assert.Empty(wrong);
    }
}
