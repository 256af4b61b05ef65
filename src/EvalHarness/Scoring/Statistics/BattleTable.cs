using System.Collections;
using System.Numerics;
using System.Runtime.InteropServices;

namespace EvalHarness.Scoring.Statistics;

/// <summary>Who won a battle of two players.</summary>
internal enum BattleOutcome : byte
{
    First,
    Second,
    Tie,
}

/// <summary>All battles of two players in which they met.</summary>
/// <param name="First">The player with the smaller number.</param>
/// <param name="Second">The other one.</param>
internal sealed record BattleCell(int First, int Second)
{
    /// <summary>Battles that <see cref="First"/> won.</summary>
    internal long FirstWon { get; set; }

    /// <summary>Battles that <see cref="Second"/> won.</summary>
    internal long SecondWon { get; set; }

    internal long Ties { get; set; }

    internal long Count => FirstWon + SecondWon + Ties;

    /// <summary>What the first one won, a tie being half a win.</summary>
    internal double FirstScore => FirstWon + (Ties / 2.0);
}

/// <summary>
/// Battles between players as ratings are fitted to them: counted for each two players and, where controls or clusters tell battles apart,
/// kept one by one in 13 bytes and 4 for each control. Adding ten times as many takes ten times as long.
/// </summary>
/// <param name="controls">The number of controls of each battle, such as the difference in length.</param>
/// <param name="isClustered">Whether battles have clusters.</param>
internal sealed class BattleTable(int controls = 0, bool isClustered = false)
{
    private readonly Dictionary<long, BattleCell> _places = [];
    private readonly List<BattleCell> _cells = [];
    private readonly List<ushort> _first = [], _second = [];
    private readonly List<BattleOutcome> _outcomes = [];
    private readonly List<ulong> _clusters = [];
    private readonly List<float> _controls = [];
    private readonly double[] _squares = new double[controls];

    /// <summary>The number of players: one more than the largest number of one.</summary>
    internal int Players { get; private set; }

    /// <summary>The numbers of the controls that differ in some battle; the others say nothing.</summary>
    internal IReadOnlyList<int> Controls => [.. Enumerable.Range(0, controls).Where(c => _squares[c] > 0)];

    internal bool IsClustered => isClustered;

    /// <summary>Whether battles are kept one by one.</summary>
    internal bool HasRows => controls > 0 || isClustered;

    internal long Count { get; private set; }

    /// <summary>The battles of each two players that met, in the order in which they did first.</summary>
    internal IReadOnlyList<BattleCell> Cells => _cells;

    /// <param name="first">The number of a player from 0, below 65,536.</param>
    /// <param name="second">The number of another one.</param>
    /// <param name="outcome">Who won.</param>
    /// <param name="of">The controls: the first player's value less the second one's, in any unit.</param>
    /// <param name="cluster">
    /// A number, the same one for battles that are not independent of each other, such as those of one document.
    /// </param>
    internal void Add(int first, int second, BattleOutcome outcome, ReadOnlySpan<float> of = default, ulong cluster = 0)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(first, second);
        if (of.Length != controls)
            throw new ArgumentException($"{of.Length} controls, expected {controls}", nameof(of));
        Count++;
        Players = Math.Max(Players, Math.Max(first, second) + 1);
        BattleCell cell = Cell(Math.Min(first, second), Math.Max(first, second));
        if (outcome == BattleOutcome.Tie)
            cell.Ties++;
        else if (outcome == BattleOutcome.First == first < second)
            cell.FirstWon++;
        else
            cell.SecondWon++;
        if (!HasRows)
            return;
        _first.Add(checked((ushort)first));
        _second.Add(checked((ushort)second));
        _outcomes.Add(outcome);
        if (isClustered)
            _clusters.Add(cluster);
        _controls.AddRange(of);
        for (int i = 0; i < of.Length; i++)
            _squares[i] += (double)of[i] * of[i];
    }

    private BattleCell Cell(int first, int second)
    {
        ref BattleCell? place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, ((long)first << 32) | (uint)second, out _);
        if (place is null)
            _cells.Add(place = new BattleCell(first, second));
        return place;
    }

    internal int First(int row) => _first[row];

    internal int Second(int row) => _second[row];

    /// <summary>1 where the first player of a row won, 0 where the second one did, 0.5 for a tie.</summary>
    internal double Score(int row) => _outcomes[row] switch
    {
        BattleOutcome.First => 1,
        BattleOutcome.Second => 0,
        _ => 0.5,
    };

    /// <summary>The controls of a row.</summary>
    internal ReadOnlySpan<float> ControlsOf(int row) => CollectionsMarshal.AsSpan(_controls).Slice(row * controls, controls);

    /// <summary>
    /// The root mean square of a control that differs in some battle. The mean is not subtracted: which of two players is called the
    /// first says nothing, and their places can be changed only if no difference stays none.
    /// </summary>
    internal double Scale(int control) => Math.Sqrt(_squares[control] / Count);

    /// <summary>
    /// For each row the next one of its cluster, or -1, and whether it is the first one. Rows of a cluster mostly lie near each other, and
    /// so do those that are read one after the other, so that it takes as long for each row however many there are.
    /// </summary>
    internal (int[] Next, BitArray IsFirst) Chains()
    {
        int rows = _clusters.Count;
        int[] next = new int[rows], slots = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(rows, 1)) * 2];
        int shift = 64 - BitOperations.Log2((uint)slots.Length);
        var isFirst = new BitArray(rows);
        Array.Fill(next, -1);
        Array.Fill(slots, -1);
        for (int row = 0; row < rows; row++)
        {
            // Numbers that differ little begin in different slots; a slot has the last row of its cluster so far.
            int slot = (int)((_clusters[row] * 0x9E3779B97F4A7C15) >> shift);
            while (slots[slot] >= 0 && _clusters[slots[slot]] != _clusters[row])
                slot = (slot + 1) & (slots.Length - 1);
            if (slots[slot] < 0)
                isFirst[row] = true;
            else
                next[slots[slot]] = row;
            slots[slot] = row;
        }

        return (next, isFirst);
    }
}
