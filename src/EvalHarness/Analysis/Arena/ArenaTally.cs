using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Arena;

/// <summary>Takes battles one by one, wherever they come from, and rates the models.</summary>
/// <param name="controls">What of the answers' looks is held equal; battles then have styles.</param>
internal sealed class ArenaTally(ArenaControls controls)
{
    /// <summary>With so many models, all differences of two are drawn in some seconds.</summary>
    internal const int MostModels = 1_000;

    private const int Seed = 0, FewDocuments = 10, NamedModels = 5;

    private const double Mean = 1000;

    /// <summary>Points of Elo's scale for a factor of e in the odds.</summary>
    private static readonly double Points = 400 / Math.Log(10);

    private readonly Dictionary<string, int> _players = [];
    private readonly float[] _controls = new float[controls.Names.Count];
    private BattleTable? _table;

    /// <param name="battle">The battle.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Data"/>: it has a document and others have none, or the other way round, or there are too many models.
    /// </exception>
    internal void Add(in ArenaBattle battle)
    {
        bool hasDocument = battle.Document is not null;
        _table ??= new BattleTable(controls.Names.Count, hasDocument);
        if (_table.IsClustered != hasDocument)
        {
            throw new EvalException(
                ExitCode.Data,
                $"of {_table.Count + 1} battles, some have a document or question_id and others have none; give all of them one, or none");
        }

        if (_controls.Length > 0)
            controls.Fill(_controls, battle.StyleA!.Value, battle.StyleB!.Value);
        _table.Add(Player(battle.ModelA), Player(battle.ModelB), battle.Outcome, _controls, hasDocument ? Hash(battle.Document!) : 0);
    }

    private int Player(string model)
    {
        if (_players.TryGetValue(model, out int player))
            return player;
        if (_players.Count == MostModels)
            throw new EvalException(ExitCode.Data, $"there are more than {MostModels} models; rate fewer of them together");
        return _players[model] = _players.Count;
    }

    /// <summary>64 bits, so that names of millions of documents need not be kept.</summary>
    /// <remarks>Source: the hash FNV-1a of Fowler, Noll and Vo, IETF draft-eastlake-fnv, over UTF-16 units.</remarks>
    private static ulong Hash(string document)
    {
        ulong hash = 0xcbf29ce484222325;
        foreach (char unit in document)
            hash = (hash ^ unit) * 0x100000001b3;
        return hash;
    }

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Data"/>: there are no battles. <see cref="ExitCode.Incomparable"/>: models never met, not even through others,
    /// or controls say nothing that the models do not, or all battles are on one document.
    /// </exception>
    internal ArenaStandings Rate()
    {
        BattleTable table = _table ?? throw new EvalException(ExitCode.Data, "there are no battles; expected one or more");
        string[] names = [.. _players.Keys];
        if (BattleGroups.Met(table) is { Count: > 1 } islands)
        {
            throw new EvalException(
                ExitCode.Incomparable,
                $"the models are in {islands.Count} groups that never met, not even through others: "
                + $"{string.Join("; ", islands.Take(NamedModels).Select(i => Named(i, names)))}; rate each group by itself");
        }

        BradleyTerry fit = BradleyTerry.Fit(table) ?? throw new EvalException(
            ExitCode.Incomparable,
            controls.Names.Count == 0
                ? $"{table.Count} battles of {names.Length} models do not say how far they lie apart; rate more battles"
                : $"the effects of {string.Join(", ", controls.Names)} cannot be told from who played, because each model's answers look "
                    + "the same in all its battles, or because there are too few battles; leave --controls out");
        if (fit.Clusters < 2)
            throw new EvalException(ExitCode.Incomparable, "all battles are on one document, which does not say how much ratings vary");
        RankSets ranks = RankSets.Of(fit, Seed);
        int[] order =
        [
            .. Enumerable.Range(0, names.Length)
                .OrderByDescending(p => fit.Parameters[p]).ThenBy(p => names[p], StringComparer.Ordinal),
        ];
        return new ArenaStandings
        {
            Battles = table.Count,
            Ties = table.Cells.Sum(c => c.Ties),
            Documents = table.IsClustered ? fit.Clusters : null,
            IsPenalized = fit.IsPenalized,
            Seed = Seed,
            Models = [.. order.Select(p => Model(names[p], p, table, fit, ranks.Ranks[p]))],
            Effects = [.. table.Controls.Select((c, i) => Effect(c, names.Length + i, table, fit))],
            Pairs = Pairs(table, names, order),
            Notes = [.. Notes(table, fit, names)],
        };
    }

    private static Interval Scaled(Interval interval, double mean) => new(mean + (Points * interval.Low), mean + (Points * interval.High));

    private static ArenaModel Model(string name, int player, BattleTable table, BradleyTerry fit, (int Best, int Worst) ranks)
    {
        BattleCell[] first = [.. table.Cells.Where(c => c.First == player)], second = [.. table.Cells.Where(c => c.Second == player)];
        long wins = first.Sum(c => c.FirstWon) + second.Sum(c => c.SecondWon), ties = first.Concat(second).Sum(c => c.Ties);
        long battles = first.Concat(second).Sum(c => c.Count);
        return new ArenaModel
        {
            Model = name,
            Rating = Mean + (Points * fit.Parameters[player]),
            RatingInterval = Scaled(fit.IntervalOf(player), Mean),
            BestRank = ranks.Best,
            WorstRank = ranks.Worst,
            Battles = battles,
            Wins = wins,
            Losses = battles - wins - ties,
            Ties = ties,
            WinShare = (wins + (ties / 2.0)) / battles,
        };
    }

    private ArenaEffect Effect(int control, int parameter, BattleTable table, BradleyTerry fit) => new()
    {
        Control = controls.Names[control],
        Effect = Points * fit.Parameters[parameter],
        EffectInterval = Scaled(fit.IntervalOf(parameter), 0),
        Difference = table.Scale(control),
    };

    private static ArenaPair[] Pairs(BattleTable table, string[] names, int[] order)
    {
        int[] places = new int[order.Length];
        for (int place = 0; place < order.Length; place++)
            places[order[place]] = place;
        return
        [
            .. from cell in table.Cells
               let isTurned = places[cell.First] > places[cell.Second]
               let better = isTurned ? cell.Second : cell.First
               let other = isTurned ? cell.First : cell.Second
               orderby places[better], places[other]
               select new ArenaPair
               {
                   Model = names[better],
                   Other = names[other],
                   Battles = cell.Count,
                   Wins = isTurned ? cell.SecondWon : cell.FirstWon,
                   Losses = isTurned ? cell.FirstWon : cell.SecondWon,
                   Ties = cell.Ties,
               },
        ];
    }

    private IEnumerable<string> Notes(BattleTable table, BradleyTerry fit, string[] names)
    {
        string[] unused = [.. controls.Names.Where((_, i) => !table.Controls.Contains(i))];
        if (unused.Length > 0)
            yield return $"No effect of {string.Join(", ", unused)}: it is the same on both sides in every battle.";
        IReadOnlyList<IReadOnlyList<int>> groups = BattleGroups.Reachable(table);
        if (fit.IsPenalized && groups.Count > 1)
        {
            yield return $"Models in {groups.Count} groups won or lost every battle against the other groups "
                + $"({string.Join("; ", groups.Take(NamedModels).Select(g => Named(g, names)))}), so that nothing says how far they lie "
                + "apart at most. Ratings are as if about one more battle of each model had been half won, and outer bounds are no bounds.";
        }
        else if (fit.IsPenalized)
        {
            yield return "The controls tell who wins, so that nothing says how large their effects are at most. Ratings and effects are as "
                + "if about one more battle of each model had been half won.";
        }

        if (table.IsClustered && fit.Clusters < FewDocuments)
            yield return $"Only {fit.Clusters} documents: intervals of so few are rough.";
    }

    private static string Named(IReadOnlyList<int> group, string[] names) =>
        string.Join(", ", group.Take(NamedModels).Select(p => names[p]))
        + (group.Count > NamedModels ? $" and {group.Count - NamedModels} more" : "");
}
