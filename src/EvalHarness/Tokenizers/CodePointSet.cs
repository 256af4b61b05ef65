namespace EvalHarness.Tokenizers;

/// <summary>
/// A set of code points, as the ascending list of the points at which membership changes: [0x30, 0x3A] is the digits of ASCII.
/// </summary>
internal sealed class CodePointSet(int[] changes)
{
    /// <summary>One more than the greatest code point.</summary>
    internal const int End = 0x110000;

    internal static CodePointSet Empty { get; } = new([]);

    internal static CodePointSet Any { get; } = new([0, End]);

    /// <summary>The first code point that is in the set, the first after it that is not, and so on.</summary>
    internal IReadOnlyList<int> Changes => changes;

    internal static CodePointSet Of(int code) => Range(code, code);

    internal static CodePointSet Range(int first, int last) => new([first, last + 1]);

    internal static CodePointSet Of(params ReadOnlySpan<int> codes)
    {
        CodePointSet result = Empty;
        foreach (int code in codes)
            result = result.Union(Of(code));
        return result;
    }

    /// <summary>The code points for which a condition holds.</summary>
    internal static CodePointSet Where(Func<int, bool> holds)
    {
        var changes = new List<int>();
        for (int code = 0; code < End; code++)
        {
            if (holds(code) != (changes.Count % 2 == 1))
                changes.Add(code);
        }
        if (changes.Count % 2 == 1)
            changes.Add(End);
        return new CodePointSet([.. changes]);
    }

    internal bool Contains(int code)
    {
        int at = Array.BinarySearch(changes, code);
        return (at >= 0 ? at + 1 : ~at) % 2 == 1;
    }

    internal CodePointSet Union(CodePointSet other) => Merge(other, (a, b) => a || b);

    internal CodePointSet Intersect(CodePointSet other) => Merge(other, (a, b) => a && b);

    internal CodePointSet Complement() => Any.Merge(this, (a, b) => a && !b);

    private CodePointSet Merge(CodePointSet other, Func<bool, bool, bool> holds)
    {
        int[] first = changes;
        IReadOnlyList<int> second = other.Changes;
        var merged = new List<int>();
        for (int i = 0, k = 0; i < first.Length || k < second.Count;)
        {
            int at = Math.Min(i < first.Length ? first[i] : End, k < second.Count ? second[k] : End);
            if (i < first.Length && first[i] == at)
                i++;
            if (k < second.Count && second[k] == at)
                k++;
            if (holds(i % 2 == 1, k % 2 == 1) != (merged.Count % 2 == 1))
                merged.Add(at);
        }
        return new CodePointSet([.. merged]);
    }
}
