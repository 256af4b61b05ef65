using System.Text.RegularExpressions;

namespace EvalHarness.Tests.Scripts;

/// <summary>
/// Compares what a page shows with what a command printed. Numbers differ from machine to machine, and with them the widths of columns.
/// </summary>
internal static partial class ShownOutput
{
    /// <param name="shown">Lines of the page; <c>...</c> stands for any number of lines.</param>
    /// <param name="printed">What the commands printed.</param>
    /// <returns>The lines that are not in it, after those before them; null where all are.</returns>
    internal static string? FirstMissing(IReadOnlyList<string> shown, string printed)
    {
        string[] lines = [.. printed.Split('\n').Select(Comparable)];
        int from = 0;
        foreach (string[] part in Parts(shown))
        {
            string[] wanted = [.. part.Select(l => WithoutEmptyCells(Comparable(l)))];
            int at = Enumerable.Range(from, Math.Max(0, lines.Length - from - part.Length + 1))
                .FirstOrDefault(start => wanted.Index().All(l => lines[start + l.Index].StartsWith(l.Item, StringComparison.Ordinal)), -1);
            if (at < 0)
                return string.Join('\n', part);
            from = at + part.Length;
        }

        return null;
    }

    private static IEnumerable<string[]> Parts(IReadOnlyList<string> shown)
    {
        var part = new List<string>();
        foreach (string line in shown.Append("..."))
        {
            if (line != "...")
            {
                part.Add(line);
                continue;
            }

            if (part.Count > 0)
                yield return [.. part];
            part.Clear();
        }
    }

    private static string Comparable(string line) => Spaces().Replace(Dashes().Replace(Numbers().Replace(line, "0"), "-"), " ");

    /// <summary>The last column may hold a remark about this machine, for example that something else keeps it busy.</summary>
    private static string WithoutEmptyCells(string line) => line.EndsWith("| |", StringComparison.Ordinal) ? line.TrimEnd(' ', '|') : line;

    [GeneratedRegex(@"n/a|[+-]?[0-9]+([.:][0-9]+)*")]
    private static partial Regex Numbers();

    [GeneratedRegex("-+")]
    private static partial Regex Dashes();

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}
