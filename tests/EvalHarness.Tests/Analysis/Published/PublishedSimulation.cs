using EvalHarness.Analysis.Published;
using EvalHarness.Files;
using EvalHarness.Scoring.Statistics;
using MathNet.Numerics.Distributions;

namespace EvalHarness.Tests.Analysis.Published;

/// <summary>How a simulated source came by its published score.</summary>
internal enum PublishedNoise
{
    /// <summary>It is the true score, which nobody knows in earnest.</summary>
    None,

    /// <summary>It was measured on rows of its own.</summary>
    OwnRows,

    /// <summary>It was measured on the same rows, of which a tenth were answered otherwise.</summary>
    SameRows,
}

/// <summary>
/// Published and measured scores drawn at random whose truths are known, judged as <c>reproduce</c> and <c>gap</c> do. The benchmarks'
/// study of published scores is made of it too.
/// </summary>
/// <param name="Rows">Rows of the benchmark.</param>
/// <param name="Truth">The true published score, 0 to 1.</param>
/// <param name="Noise">How the source came by its score.</param>
/// <param name="Apart">How far the true measured score lies above the published one.</param>
internal sealed record PublishedSimulation(int Rows, double Truth, PublishedNoise Noise, double Apart = 0)
{
    private const double Changed = 0.1;

    private readonly double[] _published = Cumulative(Rows, Truth), _measured = Cumulative(Rows, Truth + Apart);

    /// <summary>
    /// The share of families of scores of which at least one differs, and the share of single scores that agree.
    /// </summary>
    internal (double Differs, double Agrees) Rates(int draws, int scores = 1, double margin = 2)
    {
        var random = new Random(1234);
        int differs = 0, agrees = 0;
        for (int draw = 0; draw < draws; draw++)
        {
            IReadOnlyList<ReproductionDecision> family =
                ReproductionDecision.Of([.. Enumerable.Range(0, scores).Select(_ => Draw(random))], margin);
            differs += family.Any(d => d.Verdict == ReproductionVerdict.Differs) ? 1 : 0;
            agrees += family.Count(d => d.Verdict == ReproductionVerdict.Agrees);
        }

        return ((double)differs / draws, (double)agrees / draws / scores);
    }

    /// <summary>
    /// The share of draws in which the interval of the points to the best of several equal closed models holds the truth.
    /// </summary>
    internal double BehindCovers(int draws, int closed)
    {
        var random = new Random(1234);
        return (double)Enumerable.Range(0, draws).Count(_ =>
        {
            MeasuredScore measured = Score(Share(_measured, random));
            PublishedScore[] scores = [.. Enumerable.Range(0, closed).Select(i => new PublishedScore
            {
                Model = $"{i}",
                Benchmark = "b",
                Source = "s",
                Value = Printed(Share(_published, random)),
            })];
            Interval behind = Gap.Behind(measured, scores);
            return behind.Low <= -100 * Apart && -100 * Apart <= behind.High;
        }) / draws;
    }

    private UnpairedDifference Draw(Random random)
    {
        if (Noise != PublishedNoise.SameRows)
            return Score(Share(_measured, random)).Minus(Printed(Noise == PublishedNoise.None ? Truth : Share(_published, random)));
        // Some rows are right for the source alone, some here alone, and of the others some are right for both.
        double lost = (Changed - Apart) / 2, won = (Changed + Apart) / 2;
        int published = 0, measured = 0;
        for (int row = 0; row < Rows; row++)
        {
            double at = random.NextDouble();
            bool both = at >= Changed && at < Changed + Truth - lost;
            published += at < lost || both ? 1 : 0;
            measured += (at >= lost && at < lost + won) || both ? 1 : 0;
        }

        return Score((double)measured / Rows).Minus(Printed((double)published / Rows));
    }

    private MeasuredScore Score(double share) => new(share, Interval.Wilson(share, Rows), Rows)
    {
        Noise = new UncertainScore(share, Rows),
        PublishedRows = Rows,
    };

    private static PrintedNumber Printed(double share) => PrintedNumber.Parse(FormattableString.Invariant($"{100 * share:0.0}"))!;

    private double Share(double[] cumulative, Random random)
    {
        int found = Array.BinarySearch(cumulative, random.NextDouble());
        return (double)Math.Min(Rows, found < 0 ? ~found : found) / Rows;
    }

    /// <summary>The probability of at most so many right rows, for each number of them.</summary>
    private static double[] Cumulative(int rows, double share)
    {
        double[] cumulative = new double[rows + 1];
        double sum = 0;
        for (int right = 0; right <= rows; right++)
            cumulative[right] = sum += Binomial.PMF(share, rows, right);
        return cumulative;
    }
}
