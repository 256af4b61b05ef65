using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace EvalHarness.Pythonic;

/// <summary>
/// Python's <c>re</c> patterns for .NET. What is written or means something else there is rewritten: named groups and their
/// numbers, <c>\Z</c>, <c>{,n}</c>, <c>\w \s \b</c> (Python counts ² as a word character and no combining mark), a bracket inside
/// a class. A match has a time limit.
/// </summary>
/// <remarks>
/// Source: the Python library reference, "re", against .NET's regular-expression reference. Matching is by UTF-16 unit: a dot
/// takes half of a character beyond U+FFFF.
/// </remarks>
internal static partial class PythonRegex
{
    private const string WordCharacters = @"\p{L}\p{N}_";

    /// <summary>A pattern that backtracks without end errs its sample instead of stopping the night.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: not a pattern.</exception>
    internal static Regex Compile(string pattern, string where, RegexOptions options = RegexOptions.None)
    {
        try
        {
            return new Regex(Translate(pattern), options | RegexOptions.CultureInvariant, TimeLimit);
        }
        catch (ArgumentException e)
        {
            throw new EvalException(ExitCode.Task, $"{where}: '{pattern}' is no regular expression: {e.Message}", e);
        }
    }

    /// <summary><c>findall</c>: the match without groups, the group with one, all groups with several.</summary>
    internal static List<string[]> FindAll(Regex regex, string text)
    {
        int groups = regex.GetGroupNumbers().Length - 1;
        return [.. regex.Matches(text).Select(match => groups == 0
            ? new[] { match.Value }
            : [.. Enumerable.Range(1, groups).Select(g => match.Groups[g].Value)])];
    }

    /// <summary>
    /// What the reference's filters take of <c>findall</c>: the match of that index, of several groups the first that is not
    /// empty, stripped. Null without a match or where all groups are empty.
    /// </summary>
    internal static string? Select(Regex regex, string text, int select)
    {
        List<string[]> matches = FindAll(regex, text);
        int index = select < 0 ? matches.Count + select : select;
        if (index < 0 || index >= matches.Count)
            return null;
        // With several groups the first that matched something; with one, that group even if it is empty.
        string? taken = matches[index].Length == 1 ? matches[index][0] : matches[index].FirstOrDefault(group => group.Length > 0);
        return taken is null ? null : Python.Strip(taken, null, left: true, right: true);
    }

    /// <summary>A replacement of <c>re.sub</c>: <c>\1</c> and <c>\g&lt;1&gt;</c> are groups, <c>\n</c> a line's end.</summary>
    internal static string Expand(string replacement, Match match) => References().Replace(replacement, reference => reference.Value switch
    {
        @"\n" => "\n",
        @"\t" => "\t",
        @"\\" => @"\",
        _ => match.Groups[reference.Groups["group"].Value].Value,
    });

    [GeneratedRegex(@"\\(?:n|t|\\|(?<group>\d{1,2})|g<(?<group>\w+)>)")]
    private static partial Regex References();

    /// <summary><c>re.escape</c>.</summary>
    internal static string Escape(string text) =>
        string.Concat(text.Select(c => "()[]{}?*+-|^$\\.&~# \t\n\r\v\f".Contains(c, StringComparison.Ordinal) ? $"\\{c}" : c.ToString()));

    internal static string Translate(string pattern)
    {
        var translated = new StringBuilder(pattern.Length + 16);
        var names = new Dictionary<string, int>();
        int groups = 0, classStart = -1;
        for (int i = 0; i < pattern.Length; i++)
        {
            string rest = pattern[i..];
            if (rest[0] == '\\' && rest.Length > 1)
            {
                translated.Append(EscapeSequence(rest[1], inClass: classStart >= 0));
                i++;
            }
            else if (classStart >= 0)
            {
                // A closing bracket that comes first stands for itself, and .NET would take an opening one for a subtraction.
                bool first = i == classStart + 1 || (i == classStart + 2 && pattern[classStart + 1] == '^');
                translated.Append(rest[0] is '[' || (rest[0] == ']' && first) ? $"\\{rest[0]}" : rest[0].ToString());
                if (rest[0] == ']' && !first)
                    classStart = -1;
            }
            else if (rest[0] == '[')
            {
                classStart = i;
                translated.Append('[');
            }
            else if (rest.StartsWith("(?P<", StringComparison.Ordinal) && rest.Contains('>', StringComparison.Ordinal))
            {
                string name = rest[4..rest.IndexOf('>', StringComparison.Ordinal)];
                names[name] = ++groups;
                translated.Append(CultureInfo.InvariantCulture, $"(?<{groups}>");
                i += 4 + name.Length;
            }
            else if (rest.StartsWith("(?P=", StringComparison.Ordinal) && rest.Contains(')', StringComparison.Ordinal))
            {
                string name = rest[4..rest.IndexOf(')', StringComparison.Ordinal)];
                translated.Append(CultureInfo.InvariantCulture, $"\\k<{names.GetValueOrDefault(name)}>");
                i += 4 + name.Length;
            }
            else if (rest.StartsWith("(?u)", StringComparison.Ordinal))
            {
                i += 3;
            }
            else if (rest[0] == '(' && !rest.StartsWith("(?", StringComparison.Ordinal))
            {
                translated.Append(CultureInfo.InvariantCulture, $"(?<{++groups}>");
            }
            else
            {
                translated.Append(rest.StartsWith("{,", StringComparison.Ordinal) && rest.IndexOf('}', StringComparison.Ordinal) is > 2 and var end && rest[2..end].All(char.IsAsciiDigit) ? "{0" : rest[0].ToString());
            }
        }

        return translated.ToString();
    }

    private static string EscapeSequence(char c, bool inClass) => (c, inClass) switch
    {
        ('Z', false) => @"\z",
        ('w', true) => WordCharacters,
        ('w', false) => $"[{WordCharacters}]",
        ('W', false) => $"[^{WordCharacters}]",
        ('s', true) => @"\s\x1c-\x1f",
        ('s', false) => @"[\s\x1c-\x1f]",
        ('S', false) => @"[^\s\x1c-\x1f]",
        ('b', false) => $"(?:(?<=[{WordCharacters}])(?![{WordCharacters}])|(?<![{WordCharacters}])(?=[{WordCharacters}]))",
        ('B', false) => $"(?:(?<=[{WordCharacters}])(?=[{WordCharacters}])|(?<![{WordCharacters}])(?![{WordCharacters}]))",
        _ => $"\\{c}",
    };
}
