using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace EvalHarness.Pythonic;

/// <summary>
/// Translates patterns of Python's <c>re</c> module for .NET. It rewrites the syntax that .NET does not have or understands differently:
/// named groups and the numbering of groups, <c>\Z</c>, <c>{,n}</c>, brackets inside a character class, and <c>\w</c>, <c>\s</c> and
/// <c>\b</c> (for Python, ² is a word character and a combining mark is not). Every match has a time limit.
/// </summary>
/// <remarks>
/// Source: the Python library reference, "re", compared with .NET's regular-expression reference. One difference remains: .NET matches
/// UTF-16 code units, so a dot matches only half of a character above U+FFFF.
/// </remarks>
internal static partial class PythonRegex
{
    private const string WordCharacters = @"\p{L}\p{N}_";

    /// <summary>After this time, a pattern that backtracks endlessly makes its sample errored instead of blocking the whole run.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    /// <param name="pattern">The pattern in Python's syntax.</param>
    /// <param name="where">Where the pattern stands, to start error messages with.</param>
    /// <param name="options">Options to compile the translated pattern with.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: the pattern is not valid.</exception>
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

    /// <summary>
    /// Python's <c>findall</c>. Each match gives the whole match if the pattern has no groups, and otherwise the text of every group.
    /// </summary>
    internal static List<string[]> FindAll(Regex regex, string text)
    {
        int groups = regex.GetGroupNumbers().Length - 1;
        return [.. regex.Matches(text).Select(match => groups == 0
            ? new[] { match.Value }
            : [.. Enumerable.Range(1, groups).Select(g => match.Groups[g].Value)])];
    }

    /// <summary>
    /// Selects one result of <c>findall</c> as the filters of lm-evaluation-harness do: the match at index <paramref name="select"/>
    /// (a negative index counts from the end), without whitespace at its ends. If the pattern has several groups, this is the first
    /// group that is not empty.
    /// </summary>
    /// <returns>Null if there is no such match, or if all of several groups are empty.</returns>
    internal static string? Select(Regex regex, string text, int select)
    {
        List<string[]> matches = FindAll(regex, text);
        int index = select < 0 ? matches.Count + select : select;
        if (index < 0 || index >= matches.Count)
            return null;
        // A single group is taken even if it is empty.
        string? taken = matches[index].Length == 1 ? matches[index][0] : matches[index].FirstOrDefault(group => group.Length > 0);
        return taken is null ? null : Python.Strip(taken, null, left: true, right: true);
    }

    /// <summary>
    /// Expands the replacement text of <c>re.sub</c>: <c>\1</c> and <c>\g&lt;1&gt;</c> stand for groups, <c>\n</c> for a line break and
    /// <c>\t</c> for a tab.
    /// </summary>
    internal static string Expand(string replacement, Match match) => References().Replace(replacement, reference => reference.Value switch
    {
        @"\n" => "\n",
        @"\t" => "\t",
        @"\\" => @"\",
        _ => match.Groups[reference.Groups["group"].Value].Value,
    });

    [GeneratedRegex(@"\\(?:n|t|\\|(?<group>\d{1,2})|g<(?<group>\w+)>)")]
    private static partial Regex References();

    /// <summary>Python's <c>re.escape</c>.</summary>
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
                // A closing bracket at the start of a class stands for itself. .NET could read an opening bracket as a class subtraction.
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
                bool noMinimum = rest.StartsWith("{,", StringComparison.Ordinal)
                    && rest.IndexOf('}', StringComparison.Ordinal) is > 2 and var end
                    && rest[2..end].All(char.IsAsciiDigit);
                translated.Append(noMinimum ? "{0" : rest[0].ToString());
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
