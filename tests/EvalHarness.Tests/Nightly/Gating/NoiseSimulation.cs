using EvalHarness.Nightly.Gating;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Nightly.Gating;

/// <summary>
/// Nights on a device that is not deterministic, and the noise file that was measured on it. Twice as many rows as flip between two runs
/// of the unchanged model are unstable. Each configuration (batch size, workers) draws a number z from the normal distribution, and each
/// unstable row is right with probability 1/2 + <see cref="Common"/> z in it, from 0 to 1. Where Common is 0, rows flip each for itself.
/// Each night's two runs have configurations of their own. The benchmarks' study of noise is made of it too.
/// </summary>
/// <param name="Rows">The rows of the task.</param>
/// <param name="Flips">The share of rows that differ between two unchanged runs where rows flip each for itself, 0 to 0.5.</param>
/// <param name="Common">How much rows move together, 0 or more.</param>
/// <param name="FileRows">The rows of the noise file, which are some of the task's.</param>
/// <param name="Configurations">The configurations of the noise file.</param>
/// <param name="Repeats">Runs of each configuration in the file, which give the same answers.</param>
internal sealed record NoiseSimulation(
    int Rows, double Flips, double Common, int FileRows, int Configurations = 8, int Repeats = 1)
{
    private const double Level = 0.025;

    /// <summary>Draws a device, its noise file, and a night on it that loses a share of the stable rows.</summary>
    internal (LossTest Runs, NoisyTest Noisy) Draw(Random random, double drop)
    {
        bool[] unstable = [.. Enumerable.Range(0, Rows).Select(_ => random.NextDouble() < 2 * Flips)];
        int inFile = unstable.Take(FileRows).Count(u => u), all = unstable.Count(u => u);
        RunNoise noise = Measure(random, inFile);
        bool[] before = Answers(random, all), after = Answers(random, all);
        int lost = Enumerable.Range(0, Rows - all).Count(_ => random.NextDouble() < drop * Rows / (Rows - all));
        var runs = new ProportionsTest(new PairedProportions(lost + Count(before, after), Count(after, before), Rows));
        return (runs, new NoisyTest(runs, noise));
    }

    internal static bool IsRed(LossTest test, double margin) => test.Interval(Level).Low > margin / 100;

    /// <summary>
    /// Draws a device, its noise file, and unchanged nights against one baseline, each with a configuration of its own.
    /// </summary>
    /// <returns>Whether any night is called a regression, without the file and with it.</returns>
    internal (bool Without, bool With) AnyAlarm(Random random, int nights, double margin)
    {
        int unstable = Enumerable.Range(0, Rows).Count(_ => random.NextDouble() < 2 * Flips);
        RunNoise noise = Measure(random, unstable * FileRows / Rows);
        bool[] first = Answers(random, unstable), before = first;
        double row = 1.0 / Rows / Rows;
        (bool without, bool with) = (false, false);
        var evidence = new List<NightEvidence>();
        for (int night = 0; night < nights; night++)
        {
            bool[] now = Answers(random, unstable);
            var runs = new ProportionsTest(new PairedProportions(Count(first, now), Count(now, first), Rows));
            evidence.Add(new NightEvidence(runs.Estimate, (Count(before, now) + Count(now, before)) * row, row));
            before = now;
            without |= IsRed(runs, margin) && new NightsTest(evidence).Confirms(margin / 100, Level);
            with |= IsRed(runs, margin) && IsRed(new NoisyTest(runs, noise), margin)
                && new NightsTest(evidence, noise).Confirms(margin / 100, Level);
        }

        return (without, with);
    }

    private RunNoise Measure(Random random, int unstable)
    {
        bool[][] runs = [.. Enumerable.Range(0, Configurations).Select(_ => Answers(random, unstable))];
        double[] changes =
        [
            .. from a in Enumerable.Range(0, Configurations)
               from b in Enumerable.Range(a + 1, Configurations - a - 1)
               select (double)(Count(runs[a], runs[b]) + Count(runs[b], runs[a])),
        ];
        double[] scores = [.. runs.SelectMany(r => Enumerable.Repeat(r.Count(right => right) / (double)FileRows, Repeats))];
        return RunNoise.Of(
            scores, Repeats, changes.Average() / FileRows / FileRows, 1.0 / FileRows, changes.Max() / FileRows);
    }

    private bool[] Answers(Random random, int count)
    {
        double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        double right = Math.Clamp(0.5 + (Common * normal), 0, 1);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() < right)];
    }

    private static int Count(bool[] right, bool[] wrong)
    {
        int count = 0;
        for (int i = 0; i < right.Length; i++)
            count += right[i] && !wrong[i] ? 1 : 0;
        return count;
    }
}
