namespace EvalHarness.Planning;

/// <summary>
/// Sorts sequences by their tokens and then by their numbers, and finds how many tokens each shares with the one before it. Tokens that are
/// in a file are compared a block at a time, so that a few blocks are in memory: sequences that are equal as far as they are known are
/// compared further on.
/// </summary>
internal sealed class SequenceOrder
{
    /// <summary>The tokens that are read of a sequence at once: few where there are many sequences.</summary>
    private const int ShortestBlock = 8, LongestBlock = 4096;

    private readonly PlannedSequences _sequences;
    private readonly int[] _order, _common;
    private Entry[] _entries = [];
    private int[] _blocks = [];

    private SequenceOrder(PlannedSequences sequences, int[] numbers)
    {
        (_sequences, _order, _common) = (sequences, numbers, new int[numbers.Length]);
        if (numbers.Length > 0 && sequences.AreTokensInFile)
            SortFile();
        else if (numbers.Length > 0)
            SortMemory();
    }

    /// <param name="sequences">All sequences of a task.</param>
    /// <param name="numbers">Those to sort, in ascending order. The array becomes the result.</param>
    /// <returns>The numbers in order, and for each the number of tokens that it shares with the one before it; 0 for the first.</returns>
    internal static (int[] Order, int[] Common) Sort(PlannedSequences sequences, int[] numbers)
    {
        var sorted = new SequenceOrder(sequences, numbers);
        return (sorted._order, sorted._common);
    }

    /// <summary>Two tokens as a number that sorts as they do. The end of a sequence sorts before all tokens.</summary>
    private static ulong Key(ReadOnlySpan<int> tokens) => (Key(tokens, 0) << 32) | Key(tokens, 1);

    private static ulong Key(ReadOnlySpan<int> tokens, int index) => index < tokens.Length ? (uint)tokens[index] ^ 0x8000_0000 : 0;

    private void SortMemory()
    {
        PlannedSequences sequences = _sequences;
        int known = sequences.KnownCommon(_order);
        Entry[] entries = new Entry[_order.Length];
        for (int i = 0; i < entries.Length; i++)
        {
            int number = _order[i];
            TokenSequence tokens = sequences.Tokens(number);
            entries[i] = new Entry(Key(tokens.Slice(known, Math.Min(2, tokens.Length - known))), number, 0);
        }

        entries.AsSpan().Sort((a, b) =>
        {
            int order = a.Key.CompareTo(b.Key);
            if (order == 0 && !sequences.AreOneContext(a.Number, b.Number))
                order = sequences.Tokens(a.Number).CompareTo(sequences.Tokens(b.Number), known);
            return order != 0 ? order : a.Number.CompareTo(b.Number);
        });
        for (int i = 0; i < entries.Length; i++)
        {
            int number = _order[i] = entries[i].Number;
            if (i == 0)
                continue;
            _common[i] = sequences.AreOneContext(_order[i - 1], number)
                ? sequences.Length(number)
                : sequences.Tokens(_order[i - 1]).CommonPrefixLength(sequences.Tokens(number), known);
        }
    }

    private void SortFile()
    {
        var ranges = new Stack<(int First, int Last, int Known)>([(0, _order.Length, 0)]);
        while (ranges.TryPop(out (int First, int Last, int Known) range))
        {
            int known = Math.Max(range.Known, _sequences.KnownCommon(_order.AsSpan(range.First, range.Last - range.First)));
            SortBlocks(range.First, range.Last, known, ranges);
        }
    }

    /// <summary>Sorts a range by the block behind the tokens that all of it share, and pushes what this block leaves undecided.</summary>
    private void SortBlocks(int first, int last, int known, Stack<(int, int, int)> undecided)
    {
        int count = last - first, blocks = 1;
        for (int i = first + 1; i < last; i++)
            blocks += _sequences.AreOneContext(_order[i - 1], _order[i]) ? 0 : 1;
        if (blocks == 1)
        {
            _common.AsSpan(first + 1, count - 1).Fill(_sequences.Length(_order[first]));
            return;
        }

        int length = Math.Clamp(_sequences.Bound / blocks, ShortestBlock, LongestBlock);
        if (_blocks.Length < blocks * length)
            _blocks = new int[blocks * length];
        if (_entries.Length < count)
            _entries = new Entry[count];
        for (int i = 0, start = -length; i < count; i++)
        {
            int number = _order[first + i];
            bool isSame = i > 0 && _sequences.AreOneContext(_order[first + i - 1], number);
            start += isSame ? 0 : length;
            Span<int> block = Block(number, start);
            if (!isSame)
                _sequences.Read(number, known, block);
            _entries[i] = new Entry(Key(block), number, start);
        }

        _entries.AsSpan(0, count).Sort((a, b) =>
        {
            int order = a.Key.CompareTo(b.Key);
            if (order == 0 && a.Start != b.Start)
                order = Compare(Block(a.Number, a.Start), Block(b.Number, b.Start));
            return order != 0 ? order : a.Number.CompareTo(b.Number);
        });
        _order[first] = _entries[0].Number;
        for (int i = 1, equal = 0; i <= count; i++)
        {
            int common = 0;
            if (i < count)
            {
                (Entry a, Entry b) = (_entries[i - 1], _entries[i]);
                common = Block(a.Number, a.Start).CommonPrefixLength(Block(b.Number, b.Start));
                (_order[first + i], _common[first + i]) = (b.Number, known + common);
            }

            if (common == length)
                continue;
            if (i - equal > 1)
                undecided.Push((first + equal, first + i, known + length));
            equal = i;
        }

        Span<int> Block(int number, int start) => _blocks.AsSpan(start, Math.Min(length, _sequences.Length(number) - known));
    }

    private static int Compare(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        int common = a.CommonPrefixLength(b);
        return common == a.Length || common == b.Length ? a.Length.CompareTo(b.Length) : a[common].CompareTo(b[common]);
    }

    /// <param name="Key">The first two tokens that are not known to be the same.</param>
    /// <param name="Number">The number of the sequence.</param>
    /// <param name="Start">Where its block begins among the blocks.</param>
    private readonly record struct Entry(ulong Key, int Number, int Start);
}
