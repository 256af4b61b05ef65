namespace EvalHarness.Pythonic;

/// <summary>
/// Orders texts as Python does, by their code points. The order of .NET's UTF-16 code units differs for characters beyond U+FFFF.
/// </summary>
internal static class CodePointOrder
{
    public static Comparer<string> Comparer { get; } = Comparer<string>.Create(Compare);

    public static int Compare(string a, string b)
    {
        int length = Math.Min(a.Length, b.Length);
        for (int i = 0; i < length; i++)
        {
            if (a[i] == b[i])
                continue;
            // Halves of a character beyond U+FFFF stand for larger code points than every other code unit.
            bool aHalf = char.IsSurrogate(a[i]), bHalf = char.IsSurrogate(b[i]);
            return aHalf != bHalf ? (aHalf ? 1 : -1) : a[i].CompareTo(b[i]);
        }

        return a.Length.CompareTo(b.Length);
    }
}
