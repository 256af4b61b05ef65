using System.Text.RegularExpressions;

namespace EvalHarness.Filters;

/// <summary>Python's <c>re</c> patterns for .NET: named groups and \Z are written differently, and a match has a time limit.</summary>
/// <remarks>Source: the Python library reference, "re", against .NET's regular-expression reference.</remarks>
internal static class PythonRegex
{
    /// <summary>A pattern that backtracks without end errs its sample instead of stopping the night.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: not a pattern.</exception>
    internal static Regex Compile(string pattern, string where)
    {
        try
        {
            string translated = pattern.Replace("(?P<", "(?<", StringComparison.Ordinal).Replace(@"\Z", @"\z", StringComparison.Ordinal);
            return new Regex(translated, RegexOptions.CultureInvariant, TimeLimit);
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
}
