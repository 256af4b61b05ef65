using System.Text;

namespace EvalHarness.Tokenizers;

/// <summary>The code points that (?i) takes for the same: those with the same lower case of their upper case.</summary>
internal static class CaseVariants
{
    private static readonly Lazy<int[][]> Groups = new(() =>
        [.. Enumerable.Range(0, CodePointSet.End).Where(Rune.IsValid).GroupBy(Fold).Select(g => g.ToArray()).Where(g => g.Length > 1)]);

    /// <summary>
    /// Code points that Oniguruma also takes for two or three others under (?i), such as U+00DF for "ss", and which therefore cannot be
    /// written in a pattern there.
    /// </summary>
    private static readonly CodePointSet WithLongFolds = CodePointSet.Of(
        0xDF, 0x130, 0x149, 0x1F0, 0x390, 0x3B0, 0x587, 0x1E9E, 0x1FB3, 0x1FB4, 0x1FBC, 0x1FC3, 0x1FC4, 0x1FCC, 0x1FF3, 0x1FF4, 0x1FFC)
        .Union(CodePointSet.Range(0x1E96, 0x1E9A)).Union(CodePointSet.Range(0x1F50, 0x1F56)).Union(CodePointSet.Range(0x1F80, 0x1FAF))
        .Union(CodePointSet.Range(0x1FB6, 0x1FB7)).Union(CodePointSet.Range(0x1FC6, 0x1FC7)).Union(CodePointSet.Range(0x1FD2, 0x1FE7))
        .Union(CodePointSet.Range(0x1FF6, 0x1FF7)).Union(CodePointSet.Range(0xFB00, 0xFB17)).Union(CodePointSet.Of(0x1FB2, 0x1FC2, 0x1FF2));

    /// <summary>A set with all variants of its code points.</summary>
    internal static CodePointSet Close(CodePointSet set)
    {
        CodePointSet result = set;
        foreach (int[] group in Groups.Value)
        {
            if (group.Any(set.Contains) && !group.All(set.Contains))
                result = result.Union(CodePointSet.Of(group));
        }
        return result;
    }

    /// <summary>Whether a set has code points that stand for several others under (?i).</summary>
    internal static bool HasLongFolds(CodePointSet set) => set.Intersect(WithLongFolds).Changes.Count > 0;

    /// <summary>Whether two code points that follow each other may stand for a single one under (?i), as "st" for U+FB06.</summary>
    internal static bool MayFoldTogether(int first, int second)
    {
        (first, second) = (Fold(first), Fold(second));
        return first switch
        {
            's' => second is 's' or 't',
            'f' => second is 'f' or 'i' or 'l',
            0x2BC => second == 'n',
            >= 0x561 and <= 0x586 => second is >= 0x561 and <= 0x586,
            _ => false,
        } || second is (>= 0x300 and <= 0x36F) or 0x2BE or 0x3B9;
    }

    private static int Fold(int code) => code switch
    {
        // .NET's invariant culture does not take the long s for an s.
        0x17F => 's',
        _ => Rune.IsValid(code) ? Rune.ToLowerInvariant(Rune.ToUpperInvariant(new Rune(code))).Value : code,
    };
}
