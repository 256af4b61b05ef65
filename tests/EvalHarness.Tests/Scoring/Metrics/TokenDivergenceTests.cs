using EvalHarness.Scoring.Metrics;

namespace EvalHarness.Tests.Scoring.Metrics;

public sealed class TokenDivergenceTests
{
    private static float[] Logits(params double[] probabilities) => [.. probabilities.Select(p => (float)(Math.Log(p) + 3))];

    /// <summary>At one token half of the probability moves, at the other none does.</summary>
    [Fact]
    public void Report_ByHand()
    {
        var divergence = new TokenDivergence();
        divergence.Add(Logits(0.5, 0.25, 0.25), Logits(0.25, 0.25, 0.5), 0);
        divergence.Add(Logits(0.2, 0.3, 0.5), Logits(0.2, 0.3, 0.5), 2);
        DivergenceReport report = divergence.Report();
        double ln2 = Math.Log(2);
        Assert.Equal(2, report.Tokens);
        // 0.5 ln 2 + 0.25 ln 1 + 0.25 ln 0.5, and 0.
        Assert.Equal(0.25 * ln2 / 2, report.Divergence.Value, 1e-6);
        Assert.Equal(0.25 * ln2 / 2, report.Divergence.StandardError!.Value, 1e-6);
        Assert.Equal(
            (0.25 * ln2 / 2, 0.2475 * ln2, 0.25 * ln2),
            (report.Median, report.Percentile99, report.Largest),
            (a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) + Math.Abs(a.Item3 - b.Item3) < 1e-6);
        Assert.Equal(2, report.BasePerplexity, 1e-6);
        Assert.Equal(Math.Sqrt(8), report.CandidatePerplexity, 1e-6);
        Assert.Equal(ln2 / 2, report.LogPerplexityRatio.Value, 1e-6);
        Assert.Equal((0.5, 0.5), (report.SameTop.Value, report.SameTop.StandardError!.Value));
        // Changes of -0.25 and 0: squares 0.0625 and 0.
        Assert.Equal(Math.Sqrt(0.03125), report.ProbabilityChange.Value, 1e-6);
        Assert.Equal(0.03125 / (2 * Math.Sqrt(0.03125)), report.ProbabilityChange.StandardError!.Value, 1e-6);
    }

    [Fact]
    public void Add_LongRows_SumsAllBlocks()
    {
        double[] p = [.. Enumerable.Range(0, 5000).Select(i => 1.0 + (i % 7))],
            q = [.. Enumerable.Range(0, 5000).Select(i => 1.0 + (i % 5))];
        double sumP = p.Sum(), sumQ = q.Sum();
        var divergence = new TokenDivergence();
        divergence.Add(Logits([.. p.Select(x => x / sumP)]), Logits([.. q.Select(x => x / sumQ)]), 0);
        Assert.Equal(
            p.Zip(q).Sum(x => x.First / sumP * Math.Log(x.First / sumP / (x.Second / sumQ))), divergence.Report().Divergence.Value, 1e-6);
    }

    [Fact]
    public void Report_Nothing_Throws() => Assert.Throws<InvalidOperationException>(() => new TokenDivergence().Report());
}
