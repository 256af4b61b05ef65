using System.Text.RegularExpressions;

namespace EvalHarness.Tokenizers;

/// <summary>Temporary.</summary>
internal sealed class CodePointRegex(string pattern)
{
    private readonly Regex _regex = new(pattern, RegexOptions.CultureInvariant | RegexOptions.Compiled);

    internal IEnumerable<(int Start, int Length)> Enumerate(string text, int start, int length)
    {
        foreach (Match m in _regex.Matches(text.Substring(start, length)))
            yield return (start + m.Index, m.Length);
    }
}
