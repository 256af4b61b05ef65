using EvalHarness.Scoring.Metrics;
using EvalHarness.Scoring.Statistics;
using MathNet.Numerics.Distributions;

namespace EvalHarness.Tests.Scoring.Metrics;

/// <summary>
/// Texts drawn at random whose tokens are hard in passages, so that neighbouring tokens err together. The benchmarks' study of the errors
/// of <c>divergence</c> is made of it too.
/// </summary>
internal static class DivergenceSimulation
{
    /// <summary>How strongly the difficulty of tokens depends on tokens before them.</summary>
    /// <param name="Name">A word for tables.</param>
    /// <param name="Parts">
    /// The shares of the variance that fade over so many tokens (to 1/e); what is left of the variance is drawn for each token alone.
    /// </param>
    internal sealed record Dependence(string Name, IReadOnlyList<(double Share, double Tokens)> Parts);

    /// <summary>What the autocorrelations of the embedded model's losses on this project's documentation show.</summary>
    internal static Dependence Measured { get; } = new("as measured", [(0.05, 3), (0.025, 25)]);

    internal static IReadOnlyList<Dependence> Dependences { get; } =
    [
        new("none", []),
        Measured,
        new("strong", [(0.2, 3), (0.1, 25), (0.05, 100)]),
        new("long", [(0.1, 200)]),
    ];

    /// <summary>What a simulated text gave.</summary>
    /// <param name="Report">The report.</param>
    /// <param name="MeanSquaredChange">The square of its change of probability, which averages over texts to the truth.</param>
    /// <param name="Independent">The intervals of the divergence and of the base's loss if tokens counted as independent.</param>
    internal sealed record Text(DivergenceReport Report, double MeanSquaredChange, (Interval Divergence, Interval Loss) Independent);

    /// <summary>Draws a text and measures it.</summary>
    /// <param name="random">The source of randomness.</param>
    /// <param name="hard">
    /// Whether nearly every token is hard, as in a text of another kind than the models know; else they are certain of four in five.
    /// </param>
    /// <param name="dependence">How tokens depend on each other.</param>
    /// <param name="context">Tokens of a chunk.</param>
    /// <param name="chunks">Chunks of the text.</param>
    internal static Text Draw(Random random, bool hard, Dependence dependence, int context, int chunks)
    {
        var divergence = new TokenDivergence(context);
        double[] states = [.. dependence.Parts.Select(_ => Normal.Sample(random, 0, 1))];
        double alone = Math.Sqrt(1 - dependence.Parts.Sum(p => p.Share));
        List<double> divergences = [], losses = [];
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            Pass(random, dependence, states, context - Compared(context));
            for (int i = 0; i < Compared(context); i++)
            {
                Pass(random, dependence, states, 1);
                double difficulty = alone * Normal.Sample(random, 0, 1);
                foreach ((int part, (double share, _)) in dependence.Parts.Index())
                    difficulty += Math.Sqrt(share) * states[part];
                TokenDifference token = hard ? HardToken(random, difficulty) : UsualToken(random, difficulty);
                divergence.Add(token);
                divergences.Add(token.Divergence);
                losses.Add(token.BaseLoss);
            }

            divergence.EndChunk();
        }

        DivergenceReport report = divergence.Report();
        double change = report.ProbabilityChange.Value;
        return new Text(report, change * change, (Independent(divergences), Independent(losses)));
    }

    /// <summary>Tokens of the second half of a chunk that are compared.</summary>
    private static int Compared(int context) => context - 1 - (context / 2);

    private static void Pass(Random random, Dependence dependence, double[] states, int tokens)
    {
        for (int i = 0; i < states.Length; i++)
        {
            double kept = Math.Exp(-tokens / dependence.Parts[i].Tokens);
            states[i] = (kept * states[i]) + (Math.Sqrt(1 - (kept * kept)) * Normal.Sample(random, 0, 1));
        }
    }

    /// <summary>
    /// Three tokens in a hundred are easy. Losses, divergences and the spread and skewness of chunks are those of the embedded model on
    /// this project's documentation, which is another kind of text than it knows.
    /// </summary>
    private static TokenDifference HardToken(Random random, double difficulty)
    {
        double loss = difficulty < -1.8808 ? Exponential.Sample(random, 0.5) : Math.Max(1, 12 + (4.7 * difficulty));
        double spread = (0.7 * Math.Max(0, difficulty)) + (Math.Sqrt(0.51) * Normal.Sample(random, 0, 1));
        return Token(random, loss, Math.Min(2, Math.Exp(-4 + (1.3 * spread))));
    }

    /// <summary>Four tokens in five are certain, as in the text of a task that the embedded model knows.</summary>
    private static TokenDifference UsualToken(Random random, double difficulty) => difficulty > 0.8416
        ? Token(random, Exponential.Sample(random, 1 / 1.8), Math.Min(2, Math.Exp(-4.5 + (1.6 * Normal.Sample(random, 0, 1)))))
        : Token(random, Exponential.Sample(random, 100), 1e-5);

    private static TokenDifference Token(Random random, double loss, double divergence)
    {
        double change = (Math.Sqrt(2 * divergence) * Normal.Sample(random, 0, 1)) + (0.2 * divergence);
        bool same = random.NextDouble() >= Math.Min(0.5, 0.5 * Math.Sqrt(divergence));
        return new TokenDifference(divergence, loss, Math.Max(1e-6, loss + change), same);
    }

    private static Interval Independent(List<double> values)
    {
        (double mean, double half) = (values.Average(), Interval.Normal95 * Aggregation.MeanStandardError(values)!.Value);
        return new Interval(mean - half, mean + half);
    }

    /// <summary>
    /// Returns the shares of texts whose intervals cover the truth, which is what all texts together give; without an interval a text
    /// counts as not covered.
    /// </summary>
    internal static DivergenceCoverage Cover(IReadOnlyList<Text> texts)
    {
        double divergence = texts.Average(t => t.Report.Divergence.Value), loss = texts.Average(t => Math.Log(t.Report.BasePerplexity));
        double same = texts.Average(t => t.Report.SameTop.Value), ratio = texts.Average(t => t.Report.LogPerplexityRatio.Value);
        double change = Math.Sqrt(texts.Average(t => t.MeanSquaredChange)), perplexity = Math.Exp(loss);
        double Share(double truth, Func<Text, Interval?> interval) =>
            texts.Average(t => interval(t) is { } i && i.Low <= truth && truth <= i.High ? 1.0 : 0);
        return new DivergenceCoverage(
            Share(divergence, t => t.Report.Divergence.Interval),
            Share(same, t => t.Report.SameTop.Interval),
            Share(change, t => t.Report.ProbabilityChange.Interval),
            Share(perplexity, t => t.Report.BasePerplexityInterval),
            Share(ratio, t => t.Report.LogPerplexityRatio.Interval),
            Share(divergence, t => t.Independent.Divergence),
            Share(loss, t => t.Independent.Loss));
    }
}

/// <summary>How often 95% intervals cover the truth, as shares.</summary>
internal sealed record DivergenceCoverage(
    double Divergence,
    double SameTop,
    double Change,
    double Perplexity,
    double Ratio,
    double IndependentDivergence,
    double IndependentLoss);
