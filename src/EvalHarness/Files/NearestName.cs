namespace EvalHarness.Files;

/// <summary>The known names that are spelled most like a name that is not known, for messages.</summary>
internal static class NearestName
{
    /// <summary>The nearest names, the nearest first, and in ordinal order among equally near ones.</summary>
    internal static IEnumerable<string> Of(string name, IEnumerable<string> known) =>
        known.OrderBy(other => Distance(name, other)).ThenBy(other => other, StringComparer.Ordinal);

    /// <summary>Returns the Levenshtein distance of two names.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
