namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// At how many rows a sequential test is looked at. Prompts that share a beginning are computed together between two looks, so that many
/// looks would cost more than they save.
/// </summary>
internal static class SequentialLooks
{
    private const int FewestFirst = 50;

    private static readonly double[] Shares = [0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 0.7, 1];

    /// <returns>The number of rows at the next look; all of them at the last one.</returns>
    /// <param name="asked">Rows at the look before; 0 before the first.</param>
    /// <param name="rows">All rows.</param>
    internal static int Next(int asked, int rows) => Shares
        .Select(share => Math.Min(rows, Math.Max(FewestFirst, (int)Math.Ceiling(share * rows))))
        .First(look => look > asked);
}
