namespace EvalHarness.Data;

/// <summary>
/// The words by which files and folders say which split they hold, as <c>datasets</c> knows them. Words of one family are names of the same
/// split: a task that asks for <c>validation</c> finds <c>dev</c>, if there is no other.
/// </summary>
internal static class SplitWords
{
    /// <summary>In the order in which <c>datasets</c> reads splits.</summary>
    private static readonly string[][] Families =
    [
        ["train", "training"], ["validation", "valid", "dev", "val"], ["test", "testing", "eval", "evaluation"],
    ];

    private static readonly string Separators = "-._ 0123456789";

    /// <summary>The other names of a split.</summary>
    internal static IEnumerable<string> Others(string split) =>
        Families.FirstOrDefault(f => f.Contains(split))?.Where(w => w != split) ?? [];

    /// <summary>The families of which a word stands in the name of a file or folder, between separators; each by its first word.</summary>
    internal static IReadOnlyList<string> In(string name) => [.. Families.Where(f => f.Any(w => Has(name, w))).Select(f => f[0])];

    /// <summary>The name of the family of a split; null for a split with a name of its own.</summary>
    internal static string? Family(string split) => Families.FirstOrDefault(f => f.Contains(split))?[0];

    /// <summary>The place of a split among others: train, validation, test, then any other.</summary>
    internal static int Order(string split)
    {
        int place = Array.FindIndex(Families, f => f.Contains(split));
        return place < 0 ? Families.Length : place;
    }

    private static bool Has(string name, string word)
    {
        for (int at = name.IndexOf(word, StringComparison.Ordinal); at >= 0; at = name.IndexOf(word, at + 1, StringComparison.Ordinal))
        {
            int end = at + word.Length;
            if ((at == 0 || Separators.Contains(name[at - 1])) && (end == name.Length || Separators.Contains(name[end])))
                return true;
        }

        return false;
    }
}
