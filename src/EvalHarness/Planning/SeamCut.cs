namespace EvalHarness.Planning;

/// <summary>
/// Where to cut a list of items whose neighbours share work. What two neighbours share is done twice if they are cut apart, and a piece
/// that is larger than the others is waited for: the cut is made where both together are least.
/// </summary>
internal static class SeamCut
{
    /// <param name="costs">
    /// The cost of the items before each place, and at last of all: ascending, one more than there are items.
    /// </param>
    /// <param name="shared">What the item at a place shares with the one before it, in the unit of the costs.</param>
    /// <param name="wanted">The cost that the items before the cut should have.</param>
    /// <param name="first">The first place that may be cut.</param>
    /// <param name="last">The last place that may be cut, not below the first.</param>
    /// <returns>
    /// The place with the smallest sum of what is shared there and the distance to the wanted cost; the first of several. A higher wanted
    /// cost never gives an earlier place.
    /// </returns>
    internal static int Find(long[] costs, Func<int, long> shared, long wanted, int first, int last)
    {
        int best = -1, middle = Array.BinarySearch(costs, first, last - first + 1, wanted);
        long smallest = long.MaxValue;
        middle = middle < 0 ? ~middle : middle;
        for (int place = middle; place <= last && costs[place] - wanted < smallest; place++)
            Look(place);
        for (int place = middle - 1; place >= first && wanted - costs[place] <= smallest; place--)
            Look(place);
        return best;

        void Look(int place)
        {
            long sum = shared(place) + Math.Abs(costs[place] - wanted);
            if (sum < smallest || (sum == smallest && place < best))
                (best, smallest) = (place, sum);
        }
    }
}
