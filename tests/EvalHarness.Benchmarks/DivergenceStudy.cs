using System.Globalization;
using EvalHarness.Tests.Scoring.Metrics;

namespace EvalHarness.Benchmarks;

/// <summary>
/// Prints how often the intervals of <c>divergence</c> cover the truth in simulated texts, and how often they would if tokens counted as
/// independent. Each text has its own seed, so the numbers do not depend on the number of processors.
/// </summary>
internal static class DivergenceStudy
{
    private const int Texts = 2_000;

    internal static void Run()
    {
        Console.WriteLine(
            "| Tokens | Dependence | Chunks | KL | Same token | RMS change | Perplexity | ln of ratio | KL, tokens independent "
            + "| Perplexity, tokens independent |\n|---|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (bool hard in (bool[])[false, true])
        {
            foreach (DivergenceSimulation.Dependence dependence in DivergenceSimulation.Dependences)
            {
                foreach ((int context, int chunks) in ((int, int)[])[(512, 10), (512, 20), (512, 40), (2048, 10), (64, 160)])
                {
                    var texts = new DivergenceSimulation.Text[Texts];
                    Parallel.For(
                        0, Texts, i => texts[i] = DivergenceSimulation.Draw(new Random(i), hard, dependence, context, chunks));
                    DivergenceCoverage covered = DivergenceSimulation.Cover(texts);
                    double[] shares =
                    [
                        covered.Divergence,
                        covered.SameTop,
                        covered.Change,
                        covered.Perplexity,
                        covered.Ratio,
                        covered.IndependentDivergence,
                        covered.IndependentLoss,
                    ];
                    Console.WriteLine(
                        $"| {(hard ? "most hard" : "few hard")} | {dependence.Name} | {chunks} of {context} | "
                        + $"{string.Join(" | ", shares.Select(Show))} |");
                }
            }
        }
    }

    private static string Show(double share) => string.Create(
        CultureInfo.InvariantCulture, $"{100 * share:0.0} ± {100 * Math.Sqrt(share * (1 - share) / Texts):0.0}");
}
