namespace EvalHarness.Scoring.Metrics;

/// <summary>Counts of runs of n words or characters.</summary>
internal static class NGrams
{
    /// <summary>Python's <c>split()</c>.</summary>
    internal static string[] Words(string text) => text.Split(Separators, StringSplitOptions.RemoveEmptyEntries);

    private static readonly char[] Separators = [.. Enumerable.Range(0, char.MaxValue).Select(c => (char)c).Where(Pythonic.Python.IsSpace)];

    /// <summary>Items are joined by a character that no item has.</summary>
    internal static Dictionary<string, int> Count(IReadOnlyList<string> items, int order)
    {
        var counts = new Dictionary<string, int>();
        for (int i = 0; i + order <= items.Count; i++)
        {
            string key = string.Join(' ', items.Skip(i).Take(order));
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        return counts;
    }

    internal static int Common(Dictionary<string, int> a, Dictionary<string, int> b) => a.Sum(item => Math.Min(item.Value, b.GetValueOrDefault(item.Key)));
}
