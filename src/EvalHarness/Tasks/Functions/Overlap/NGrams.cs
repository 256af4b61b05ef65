namespace EvalHarness.Tasks.Functions.Overlap;

/// <summary>Counts sequences of n words or characters.</summary>
internal static class NGrams
{
    private static readonly char[] Separators =
        [.. Enumerable.Range(0, char.MaxValue).Select(c => (char)c).Where(Pythonic.Python.IsSpace)];

    /// <summary>Splits a text at whitespace as Python's <c>split()</c> does.</summary>
    internal static string[] Words(string text) => text.Split(Separators, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Counts each n-gram. Its key is its items joined by spaces, which is unique because no item contains a space.</summary>
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

    /// <summary>Returns how many n-grams two texts have in common, counted with multiplicity.</summary>
    internal static int Common(Dictionary<string, int> a, Dictionary<string, int> b) =>
        a.Sum(item => Math.Min(item.Value, b.GetValueOrDefault(item.Key)));
}
