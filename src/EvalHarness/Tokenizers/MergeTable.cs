namespace EvalHarness.Tokenizers;

/// <summary>
/// Which pairs of tokens become one token, and in what order. It is a hash table of its own because a lookup for each pair of
/// neighbouring symbols is most of the work of encoding. It is filled first; then several threads may look up at the same time.
/// </summary>
internal sealed class MergeTable
{
    private const ulong Empty = ulong.MaxValue;

    private Entry[] _entries = NewEntries(16);
    private int _count;

    private struct Entry
    {
        internal ulong Pair;
        internal int Rank;
        internal int Id;
    }

    private static Entry[] NewEntries(int count)
    {
        var entries = new Entry[count];
        Array.Fill(entries, new Entry { Pair = Empty });
        return entries;
    }

    private static ref Entry Find(Entry[] entries, ulong pair)
    {
        int mask = entries.Length - 1;
        for (int at = (int)((pair * 0x9E3779B97F4A7C15UL) >> 32) & mask; ; at = (at + 1) & mask)
        {
            ref Entry entry = ref entries[at];
            if (entry.Pair == pair || entry.Pair == Empty)
                return ref entry;
        }
    }

    private static ulong Pair(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    /// <summary>Adds a merge. Of two merges of the same pair the later counts.</summary>
    /// <param name="left">The id of the left token.</param>
    /// <param name="right">The id of the right token.</param>
    /// <param name="rank">The place in the list of merges; lower ones come first.</param>
    /// <param name="id">The id of the token that the pair becomes.</param>
    internal void Add(int left, int right, int rank, int id)
    {
        if (++_count > _entries.Length / 2)
        {
            Entry[] larger = NewEntries(_entries.Length * 2);
            foreach (Entry old in _entries.Where(e => e.Pair != Empty))
                Find(larger, old.Pair) = old;
            _entries = larger;
        }

        Find(_entries, Pair(left, right)) = new Entry { Pair = Pair(left, right), Rank = rank, Id = id };
    }

    internal bool TryGet(int left, int right, out int rank, out int id)
    {
        ref Entry entry = ref Find(_entries, Pair(left, right));
        rank = entry.Rank;
        id = entry.Id;
        return entry.Pair != Empty;
    }
}
