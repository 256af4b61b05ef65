using System.Text;
using System.Text.RegularExpressions;

namespace EvalHarness.Data;

/// <summary>
/// Globs over paths with forward slashes, with the meaning that they have in <c>datasets</c>: <c>*</c> and <c>?</c> do not match a slash,
/// <c>**</c> stands for any folders, <c>[0-9]</c> and <c>[!a]</c> for one character. Hidden files and folders, and folders whose names
/// begin with two underscores, are matched only where the pattern itself names them.
/// </summary>
internal static class PathPattern
{
    internal static bool IsGlob(string pattern) => pattern.AsSpan().ContainsAny("*?[");

    internal static string Normalize(string path)
    {
        string plain = path.Replace('\\', '/');
        while (plain.StartsWith("./", StringComparison.Ordinal))
            plain = plain[2..];
        return plain;
    }

    /// <summary>The paths that the pattern matches, in their order.</summary>
    internal static IReadOnlyList<string> Match(IEnumerable<string> paths, string pattern)
    {
        string plain = Normalize(pattern);
        if (!IsGlob(plain))
            return [.. paths.Where(p => p == plain)];
        var regex = new Regex($@"\A{ToRegex(plain)}\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        return [.. paths.Where(p => regex.IsMatch(p) && Hidden(p) == Hidden(plain)).Order(StringComparer.Ordinal)];
    }

    private static int Hidden(string path)
    {
        string[] parts = path.Split('/');
        return parts.Count(p => p.StartsWith('.') && p.Any(c => c != '.'))
            + parts.SkipLast(1).Count(p => p.StartsWith("__", StringComparison.Ordinal));
    }

    private static string ToRegex(string pattern)
    {
        var regex = new StringBuilder();
        string[] parts = pattern.Split('/');
        for (int i = 0; i < parts.Length; i++)
        {
            bool isLast = i == parts.Length - 1;
            if (parts[i] == "**")
                regex.Append(isLast ? ".+" : "(?:.+/)?");
            else
                regex.Append(PartToRegex(parts[i])).Append(isLast ? "" : "/");
        }

        return regex.ToString();
    }

    private static string PartToRegex(string part)
    {
        var regex = new StringBuilder();
        for (int i = 0; i < part.Length; i++)
        {
            int close = part[i] == '[' ? part.IndexOf(']', Math.Min(i + 2, part.Length)) : -1;
            if (close > 0)
            {
                string set = part[(i + 1)..close].Replace(@"\", @"\\", StringComparison.Ordinal);
                set = set.Replace("[", @"\[", StringComparison.Ordinal).Replace("^", @"\^", StringComparison.Ordinal);
                regex.Append('[').Append(set[0] == '!' ? "^/" + set[1..] : set).Append(']');
                i = close;
            }
            else
            {
                regex.Append(part[i] switch { '*' => "[^/]*", '?' => "[^/]", var c => Regex.Escape(c.ToString()) });
            }
        }

        return regex.ToString();
    }
}
