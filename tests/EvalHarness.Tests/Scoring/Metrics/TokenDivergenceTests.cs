using EvalHarness.Scoring.Metrics;

namespace EvalHarness.Tests.Scoring.Metrics;

public sealed class TokenDivergenceTests
{
    private static float[] Logits(params double[] probabilities) => [.. probabilities.Select(p => (float)(Math.Log(p) + 3))];

    /// <summary>At one token half of the probability moves, at the other none does.</summary>
    [Fact]
    public void Report_ByHand()
    {
        var divergence = new TokenDivergence(4);
        divergence.Add(Logits(0.5, 0.25, 0.25), Logits(0.25, 0.25, 0.5), 0);
        divergence.Add(Logits(0.2, 0.3, 0.5), Logits(0.2, 0.3, 0.5), 2);
        divergence.EndChunk();
        DivergenceReport report = divergence.Report();
        double ln2 = Math.Log(2);
        Assert.Equal(2, report.Tokens);
        // 0.5 ln 2 + 0.25 ln 1 + 0.25 ln 0.5, and 0.
        Assert.Equal(0.25 * ln2 / 2, report.Divergence.Value, 1e-6);
        Assert.Equal(
            (0.25 * ln2 / 2, 0.2475 * ln2, 0.25 * ln2),
            (report.Median, report.Percentile99, report.Largest),
            (a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) + Math.Abs(a.Item3 - b.Item3) < 1e-6);
        Assert.Equal(2, report.BasePerplexity, 1e-6);
        Assert.Equal(Math.Sqrt(8), report.CandidatePerplexity, 1e-6);
        Assert.Equal(ln2 / 2, report.LogPerplexityRatio.Value, 1e-6);
        Assert.Equal(0.5, report.SameTop.Value);
        // Changes of -0.25 and 0: squares 0.0625 and 0.
        Assert.Equal(Math.Sqrt(0.03125), report.ProbabilityChange.Value, 1e-6);
    }

    /// <summary>Values of 24 chunks in 20 blocks, from block_errors.py beside this file (scipy 1.10.1 and numpy).</summary>
    [Fact]
    public void Report_Blocks_EqualsScipy()
    {
        var divergence = new TokenDivergence(1024);
        for (int c = 0; c < 24; c++)
        {
            for (int t = 0; t < 3; t++)
            {
                double loss = ((c * 5) + t) % 7 / 3.0;
                divergence.Add(new TokenDifference(
                    ((((c * 7) + (t * 3)) % 11) + 1) / 100.0,
                    loss,
                    loss + (((((c * 3) + (t * 2)) % 5) - 1) / 10.0),
                    ((c * 3) + t) % 8 != 0));
            }

            divergence.EndChunk();
        }

        DivergenceReport report = divergence.Report();
        Assert.Equal((24, 20, 24L * 1024), (report.Chunks, report.Blocks, report.TextTokens));
        AssertEqual((0.0597222222222, 0.00197792103964, 0.055764969855, 0.0640629334146), report.Divergence);
        AssertEqual((0.0834535490765, 0.00739625420427, 0.0699037297677, 0.102025830244), report.ProbabilityChange);
        AssertEqual(
            (2.70572627657, 0.232451676099, 2.26128677971, 3.23751712936),
            new Estimate(report.BasePerplexity, report.BasePerplexityStandardError, report.BasePerplexityInterval));
        AssertEqual(
            (2.98613969541, 0.259369859277, 2.49092076919, 3.5798128912),
            new Estimate(report.CandidatePerplexity, report.CandidatePerplexityStandardError, report.CandidatePerplexityInterval));
        AssertEqual((0.0986111111111, 0.00954931642996, 0.07862416212, 0.118598060102), report.LogPerplexityRatio);
        AssertEqual((0.875, 0.0301966002039, 0.775928064257, 0.941216682943), report.SameTop);
    }

    private static void AssertEqual((double Value, double StandardError, double Low, double High) expected, Estimate estimate)
    {
        Assert.Equal(expected.Value, estimate.Value, 1e-9);
        Assert.Equal(expected.StandardError, estimate.StandardError!.Value, 1e-9);
        Assert.Equal(expected.Low, estimate.Interval!.Value.Low, 1e-9);
        Assert.Equal(expected.High, estimate.Interval!.Value.High, 1e-9);
    }

    /// <summary>
    /// Neighbours that err together say nothing new: a text whose every token is there four times has the errors of the text itself. An
    /// error of independent tokens would be half of it.
    /// </summary>
    [Fact]
    public void Report_TokensThatErrTogether_HaveTheErrorOfTheirBlocks()
    {
        DivergenceReport Repeat(int times)
        {
            var random = new Random(7);
            var divergence = new TokenDivergence(1024);
            for (int chunk = 0; chunk < 12; chunk++)
            {
                for (int i = 0; i < 20; i++)
                {
                    double loss = 3 * random.NextDouble();
                    var token = new TokenDifference(random.NextDouble(), loss, loss + random.NextDouble() - 0.4, random.NextDouble() < 0.8);
                    for (int j = 0; j < times; j++)
                        divergence.Add(token);
                }

                divergence.EndChunk();
            }

            return divergence.Report();
        }

        DivergenceReport once = Repeat(1), four = Repeat(4);
        Assert.Equal(4 * once.Tokens, four.Tokens);
        Assert.Equal(once.Divergence.StandardError!.Value, four.Divergence.StandardError!.Value, 1e-12);
        Assert.Equal(once.LogPerplexityRatio.StandardError!.Value, four.LogPerplexityRatio.StandardError!.Value, 1e-12);
        Assert.Equal(once.SameTop.StandardError!.Value, four.SameTop.StandardError!.Value, 1e-12);
        Assert.Equal(once.ProbabilityChange.StandardError!.Value, four.ProbabilityChange.StandardError!.Value, 1e-12);
    }

    /// <summary>A few settings of the benchmarks' study. Of tokens that counted as independent no interval would hold its level.</summary>
    [Theory]
    [InlineData(false, 512, 10)]
    [InlineData(true, 512, 10)]
    [InlineData(false, 64, 160)]
    public void Report_OfDependentTokens_CoversTheTruth(bool hard, int context, int chunks)
    {
        DivergenceSimulation.Dependence strong = DivergenceSimulation.Dependences.Single(d => d.Name == "strong");
        DivergenceCoverage covered = DivergenceSimulation.Cover(
            [.. Enumerable.Range(0, 300).Select(i => DivergenceSimulation.Draw(new Random(i), hard, strong, context, chunks))]);
        // 94% less two Monte Carlo standard errors.
        const double least = 0.94 - 0.028;
        Assert.True(covered.Divergence > least, $"{covered}");
        Assert.True(covered.SameTop > least, $"{covered}");
        Assert.True(covered.Change > least, $"{covered}");
        Assert.True(covered.Perplexity > least, $"{covered}");
        Assert.True(covered.Ratio > least, $"{covered}");
        Assert.True(covered.IndependentLoss < 0.85, $"{covered}");
    }

    /// <summary>A small error of few blocks would be worse than none.</summary>
    [Theory]
    [InlineData(1024, 4, 4)]
    [InlineData(512, 9, 4)]
    [InlineData(4096, 3, 3)]
    [InlineData(64, 16, 1)]
    public void Report_TooFewBlocks_HasNoErrors(int context, int chunks, int blocks)
    {
        DivergenceReport report = DivergenceSimulation
            .Draw(new Random(1), hard: false, DivergenceSimulation.Measured, context, chunks)
            .Report;
        Assert.Equal(blocks, report.Blocks);
        Assert.Equal((null, null), (report.Divergence.StandardError, report.Divergence.Interval));
        Assert.Equal((null, null), (report.SameTop.StandardError, report.SameTop.Interval));
        Assert.Equal((null, null), (report.BasePerplexityStandardError, report.BasePerplexityInterval));
    }

    /// <summary>Where the models never differ, the shares have the interval of as many tokens, and the rest is known to be 0.</summary>
    [Fact]
    public void Report_SameModel_HasASharesInterval()
    {
        var divergence = new TokenDivergence(1024);
        for (int i = 0; i < 500; i++)
        {
            divergence.Add(new TokenDifference(0, i % 3, i % 3, SameTop: true));
            if (i % 100 == 99)
                divergence.EndChunk();
        }

        DivergenceReport report = divergence.Report();
        Assert.Equal((0, 0), (report.Divergence.Interval!.Value.Low, report.Divergence.Interval!.Value.High));
        Assert.Equal((0, 0), (report.ProbabilityChange.Interval!.Value.Low, report.ProbabilityChange.Interval!.Value.High));
        Assert.Equal(1, report.SameTop.Interval!.Value.High);
        Assert.InRange(report.SameTop.Interval!.Value.Low, 0.98, 0.995);
    }

    /// <summary>Where one block makes nearly the whole divergence, no number of blocks like the others bounds it.</summary>
    [Fact]
    public void Report_OneBlockMakesItAll_HasNoInterval()
    {
        var divergence = new TokenDivergence(1024);
        for (int chunk = 0; chunk < 5; chunk++)
        {
            divergence.Add(new TokenDifference(chunk == 2 ? 5 : 1e-6, 1, 1 + (0.1 * chunk), SameTop: true));
            divergence.EndChunk();
        }

        DivergenceReport report = divergence.Report();
        Assert.Null(report.Divergence.Interval);
        Assert.Equal(1, report.Divergence.StandardError!.Value, 1e-5);
    }

    [Fact]
    public void Add_LongRows_SumsAllOfTheVocabulary()
    {
        double[] p = [.. Enumerable.Range(0, 5000).Select(i => 1.0 + (i % 7))],
            q = [.. Enumerable.Range(0, 5000).Select(i => 1.0 + (i % 5))];
        double sumP = p.Sum(), sumQ = q.Sum();
        var divergence = new TokenDivergence(4);
        divergence.Add(Logits([.. p.Select(x => x / sumP)]), Logits([.. q.Select(x => x / sumQ)]), 0);
        divergence.EndChunk();
        Assert.Equal(
            p.Zip(q).Sum(x => x.First / sumP * Math.Log(x.First / sumP / (x.Second / sumQ))), divergence.Report().Divergence.Value, 1e-6);
    }

    [Fact]
    public void Report_NothingOrAnOpenChunk_Throws()
    {
        var divergence = new TokenDivergence(4);
        Assert.Throws<InvalidOperationException>(() => divergence.Report());
        divergence.Add(new TokenDifference(0, 1, 1, SameTop: true));
        Assert.Throws<InvalidOperationException>(() => divergence.Report());
    }
}
