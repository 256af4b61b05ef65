using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace EvalHarness.Tokenizers;

/// <summary>
/// A regular expression over code points in the syntax of Oniguruma, which Hugging Face's library matches with. Regular expressions of
/// .NET see surrogates, and have other ideas of what a letter's case, \h or \w are. So a text is not matched itself but a copy, in which
/// a stand-in of one UTF-16 unit replaces each code point. Code points that the pattern never tells apart have the same stand-in.
/// </summary>
internal sealed class CodePointRegex
{
    /// <summary>
    /// Far more than a match of any maker's pattern takes, in texts of millions of characters too. A pattern that goes through all ways to
    /// divide a text would otherwise never end; the library gives up after a number of steps.
    /// </summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private readonly char[] _standIns = new char[0x10000];
    private readonly (int First, char StandIn)[] _beyond;
    private readonly Regex _regex;

    /// <summary>Takes a pattern. The expression is compiled once, and several threads may match with it at the same time.</summary>
    /// <exception cref="NotSupportedException">The message names a construct that cannot be matched as the library does.</exception>
    /// <param name="pattern">In Oniguruma's syntax.</param>
    /// <param name="longest">The time after which a match is given up; null for half a minute.</param>
    internal CodePointRegex(string pattern, TimeSpan? longest = null)
    {
        IReadOnlyList<OnigurumaPattern.Part> parts = new OnigurumaPattern(pattern).Parts;
        CodePointSet[] sets = [.. parts.Select(p => p.Set).OfType<CodePointSet>()];
        (int First, char StandIn)[] intervals = Intervals(sets, out List<bool[]> members);

        for (int i = 0; i < intervals.Length; i++)
        {
            int end = Math.Min(i + 1 < intervals.Length ? intervals[i + 1].First : CodePointSet.End, 0x10000);
            if (intervals[i].First < end)
                Array.Fill(_standIns, intervals[i].StandIn, intervals[i].First, end - intervals[i].First);
        }
        _beyond = [.. intervals.Where((_, i) => i + 1 == intervals.Length || intervals[i + 1].First > 0x10000)];

        int set = 0;
        string translated = string.Concat(parts.Select(p => p.Set is null ? p.Text : StandInClass(members, set++)));
        _regex = new Regex(translated, RegexOptions.Compiled | RegexOptions.CultureInvariant, longest ?? Longest);
    }

    /// <summary>
    /// The successive matches in a part of a text, in UTF-16 units of the text, as if the part were the whole text: what lies before and
    /// after it is not seen. An empty match at the end of the one before it is left out, as Oniguruma's iterator does.
    /// </summary>
    /// <param name="text">The text, in which a surrogate that stands alone is a code point of no category but Cs.</param>
    /// <param name="start">Where the part begins.</param>
    /// <param name="length">In UTF-16 units.</param>
    /// <exception cref="UnencodableTextException">The pattern does not come to an end on this text.</exception>
    internal List<(int Start, int Length)> Enumerate(string text, int start, int length)
    {
        char[] copy = ArrayPool<char>.Shared.Rent(length);
        int[]? indices = null;
        int count = 0;
        for (int i = start; i < start + length; count++)
        {
            if (indices is not null)
                indices[count] = i;
            char unit = text[i];
            if (char.IsHighSurrogate(unit) && i + 1 < start + length && char.IsLowSurrogate(text[i + 1]))
            {
                indices ??= IdentityIndices(start, count, length);
                copy[count] = StandInBeyond(char.ConvertToUtf32(unit, text[i + 1]));
                i += 2;
            }
            else
            {
                copy[count] = _standIns[unit];
                i++;
            }
        }

        var matches = new List<(int Start, int Length)>();
        int end = -1;
        try
        {
            foreach (ValueMatch match in _regex.EnumerateMatches(copy.AsSpan(0, count)))
            {
                if (match.Length == 0 && match.Index == end)
                    continue;
                end = match.Index + match.Length;
                int first = IndexOf(match.Index);
                matches.Add((first, IndexOf(end) - first));
            }
        }
        catch (RegexMatchTimeoutException)
        {
            throw new UnencodableTextException("a regular expression of the tokenizer does not come to an end on the text");
        }

        ArrayPool<char>.Shared.Return(copy);
        if (indices is not null)
            ArrayPool<int>.Shared.Return(indices);
        return matches;

        int IndexOf(int at) => at == count ? start + length : indices is null ? start + at : indices[at];
    }

    private static int[] IdentityIndices(int start, int count, int length)
    {
        int[] indices = ArrayPool<int>.Shared.Rent(length);
        for (int i = 0; i <= count; i++)
            indices[i] = start + i;
        return indices;
    }

    private char StandInBeyond(int code)
    {
        int low = 0, high = _beyond.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_beyond[middle].First <= code)
                low = middle;
            else
                high = middle - 1;
        }
        return _beyond[low].StandIn;
    }

    /// <summary>
    /// Divides all code points into intervals that every set has either whole or not at all, and numbers the different memberships.
    /// </summary>
    private static (int First, char StandIn)[] Intervals(CodePointSet[] sets, out List<bool[]> members)
    {
        int[] firsts = [.. sets.SelectMany(s => s.Changes).Append(0).Where(c => c < CodePointSet.End).Distinct().Order()];
        var numbers = new Dictionary<string, char>();
        var intervals = new (int, char)[firsts.Length];
        members = [];
        int[] passed = new int[sets.Length];
        for (int i = 0; i < firsts.Length; i++)
        {
            bool[] member = new bool[sets.Length];
            for (int s = 0; s < sets.Length; s++)
            {
                while (passed[s] < sets[s].Changes.Count && sets[s].Changes[passed[s]] <= firsts[i])
                    passed[s]++;
                member[s] = passed[s] % 2 == 1;
            }
            string key = string.Concat(member.Select(m => m ? '1' : '0'));
            if (!numbers.TryGetValue(key, out char number))
            {
                numbers.Add(key, number = (char)members.Count);
                members.Add(member);
            }
            intervals[i] = (firsts[i], number);
        }
        return intervals;
    }

    /// <summary>The class of the stand-ins that are in a set.</summary>
    private static string StandInClass(List<bool[]> members, int set)
    {
        var ranges = new StringBuilder();
        for (int first = 0, end; first < members.Count; first = end + 1)
        {
            for (end = first; end < members.Count && members[end][set]; end++)
            {
            }
            if (end > first)
                ranges.Append($"\\u{first:X4}-\\u{end - 1:X4}");
        }
        return ranges.Length == 0 ? "(?!)" : members.TrueForAll(m => m[set]) ? "[\\s\\S]" : $"[{ranges}]";
    }
}
