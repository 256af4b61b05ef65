using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

/// <summary>Battles of players of known strengths.</summary>
internal static class BattleSimulation
{
    /// <summary>Strengths that sum to 0.</summary>
    internal static readonly double[] Strengths = [1.0, 0.6, 0.2, -0.1, -0.5, -1.2];

    private static double Share(double odds) => 1 / (1 + Math.Exp(-odds));

    /// <summary>Independent battles of two players each, of which a share is tied, most where the players are equal.</summary>
    internal static BattleTable Independent(int seed, int battles, double ties, double[]? strengths = null)
    {
        double[] truth = strengths ?? Strengths;
        var random = new Random(seed);
        var table = new BattleTable();
        for (int i = 0; i < battles; i++)
        {
            (int first, int second) = Pair(random, truth.Length);
            table.Add(first, second, Draw(random, Share(truth[first] - truth[second]), ties));
        }

        return table;
    }

    /// <summary>
    /// Battles on documents: on each some pairs meet twice, once in either order, and the verdict is the same, as that of a judge often is.
    /// With controls the first of two changes who wins, and the second one does not.
    /// </summary>
    /// <param name="seed">The seed.</param>
    /// <param name="documents">The number of documents, with three pairs each.</param>
    /// <param name="effect">The effect of the first control; null for no controls.</param>
    /// <param name="isClustered">Whether the table is told of the documents.</param>
    internal static BattleTable OnDocuments(int seed, int documents, double? effect, bool isClustered = true)
    {
        var random = new Random(seed);
        var table = new BattleTable(effect is null ? 0 : 2, isClustered);
        for (int document = 0; document < documents; document++)
        {
            for (int pair = 0; pair < 3; pair++)
            {
                (int first, int second) = Pair(random, Strengths.Length);
                float length = (float)((2 * random.NextDouble()) - 1), noise = (float)(random.NextDouble() - 0.5);
                double odds = Strengths[first] - Strengths[second] + ((effect ?? 0) * length);
                BattleOutcome outcome = Draw(random, Share(odds), ties: 0.2);
                table.Add(first, second, outcome, effect is null ? [] : [length, noise], (ulong)document);
                table.Add(second, first, Turned(outcome), effect is null ? [] : [-length, -noise], (ulong)document);
            }
        }

        return table;
    }

    private static (int First, int Second) Pair(Random random, int players)
    {
        int first = random.Next(players);
        return (first, (first + 1 + random.Next(players - 1)) % players);
    }

    /// <summary>Ties are taken from both sides, so that a player's share stays what it is.</summary>
    private static BattleOutcome Draw(Random random, double share, double ties)
    {
        double tie = ties * 2 * share * (1 - share), draw = random.NextDouble();
        return draw < tie ? BattleOutcome.Tie : draw < share + (tie / 2) ? BattleOutcome.First : BattleOutcome.Second;
    }

    private static BattleOutcome Turned(BattleOutcome outcome) => outcome switch
    {
        BattleOutcome.First => BattleOutcome.Second,
        BattleOutcome.Second => BattleOutcome.First,
        _ => outcome,
    };
}
