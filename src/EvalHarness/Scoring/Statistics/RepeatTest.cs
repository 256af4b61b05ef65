namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// Whether a change moves more rows than repeating the same run does: exact, and conditional on how often each row moved in all.
/// </summary>
/// <remarks>
/// A row that was run once with the change and several times without it moved in some of these runs. If the change does nothing, the run
/// with it is any of them, so its row moved with the probability that is the share of the runs in which it moved. The number of moved rows
/// is then a sum of independent draws. Source: the exact conditional test of a common odds ratio over strata (Gart 1970, Biometrika 57,
/// 471-475), here with one observation of the change in each stratum. With one repeat it is the sign test of McNemar.
/// </remarks>
internal static class RepeatTest
{
    /// <param name="rows">
    /// For each row, whether it moved in the run with the change, in how many of the runs without it, and how many of these there were.
    /// </param>
    /// <returns>The one-sided p-value, above 0 and at most 1; 1 where there are no rows.</returns>
    internal static double P(IReadOnlyList<(bool Moved, int MovedWithout, int Without)> rows)
    {
        // probabilities[k] is the probability that k of the rows so far moved.
        double[] probabilities = new double[rows.Count + 1];
        probabilities[0] = 1;
        int moved = 0;
        foreach ((int seen, (bool movedWith, int movedWithout, int without)) in rows.Index())
        {
            moved += movedWith ? 1 : 0;
            double share = (double)(movedWithout + (movedWith ? 1 : 0)) / (without + 1);
            for (int k = seen + 1; k >= 0; k--)
                probabilities[k] = (probabilities[k] * (1 - share)) + (k == 0 ? 0 : probabilities[k - 1] * share);
        }

        return Math.Min(1, probabilities[moved..].Sum());
    }

    /// <summary>The smallest p-value that as many rows can have: where each moves with the change and never without it.</summary>
    internal static double Smallest(int rows, int without) => Math.Pow(1.0 / (without + 1), rows);
}
