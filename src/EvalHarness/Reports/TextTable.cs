using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace EvalHarness.Reports;

/// <summary>
/// A Markdown table whose columns line up in a terminal. Written by hand because a terminal library fits its tables to the terminal's
/// width, and these are read by programs as well.
/// </summary>
internal sealed partial class TextTable(params IReadOnlyList<(string Header, bool Right)> columns)
{
    private readonly (string Header, bool Right)[] _columns = [.. columns.Select(c => (Visible(c.Header), c.Right))];
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells)
    {
        if (cells.Length != _columns.Length)
            throw new ArgumentException($"{cells.Length} cells for {_columns.Length} columns", nameof(cells));
        _rows.Add([.. cells.Select(Visible)]);
    }

    /// <summary>A cell's number, "n/a" for none.</summary>
    public static string Number(IFormattable? value, string? format = null) =>
        value is null ? "n/a" : value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>Text that a Markdown page shows as it is: names out of files are no markup there.</summary>
    public static string Markdown(string text) =>
        Marks().Replace(text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal), @"\$0");

    /// <summary>A table of the rows of depth 0 and, folded away below it, one of all rows if there are deeper ones.</summary>
    /// <remarks>
    /// Python-Markdown (with its extension md_in_html, as MkDocs uses it) reads a table inside HTML only where the element says so; others
    /// ignore the attribute.
    /// </remarks>
    public static string Folded<T>(IReadOnlyCollection<T> rows, Func<T, int> depth, Func<IEnumerable<T>, TextTable> table)
    {
        string top = $"{table(rows.Where(r => depth(r) == 0)).ToMarkdown()}\n";
        int deeper = rows.Count(r => depth(r) > 0);
        return deeper == 0
            ? top
            : $"{top}<details markdown=\"1\"><summary>{deeper} more lines, by task</summary>\n\n{table(rows).ToMarkdown()}\n</details>\n\n";
    }

    /// <summary>As <see cref="ToString"/>, for a page: no padding, no markup in the cells, indentation kept.</summary>
    public string ToMarkdown()
    {
        static string Cell(string cell)
        {
            string text = cell.TrimStart(' ');
            string indent = string.Concat(Enumerable.Repeat("&nbsp;", cell.Length - text.Length));
            return indent + Markdown(text.Replace("\\|", "|", StringComparison.Ordinal));
        }

        IEnumerable<string> lines =
        [
            string.Join(" | ", _columns.Select(c => c.Header)),
            string.Join(" | ", _columns.Select(c => c.Right ? "---:" : "---")),
            .. _rows.Select(row => string.Join(" | ", row.Select(Cell))),
        ];
        return string.Concat(lines.Select(line => $"| {line} |\n"));
    }

    /// <summary>Cells may hold names out of files; nothing in them moves the cursor or breaks the table.</summary>
    private static string Visible(string cell) =>
        string.Concat(cell.Select(c => char.IsControl(c) ? ' ' : c)).Replace("|", "\\|", StringComparison.Ordinal);

    public override string ToString()
    {
        int[] widths = [.. _columns.Select((c, i) => Math.Max(c.Header.Length, _rows.Select(r => r[i].Length).DefaultIfEmpty(0).Max()))];
        var text = new StringBuilder();
        Append(text, [.. _columns.Select(c => c.Header)], widths);
        text.Append('|');
        for (int i = 0; i < _columns.Length; i++)
            text.Append('-', widths[i] + 1).Append(_columns[i].Right ? ':' : '-').Append('|');
        text.Append('\n');
        foreach (string[] row in _rows)
            Append(text, row, widths);
        return text.ToString();
    }

    private void Append(StringBuilder text, string[] cells, int[] widths)
    {
        text.Append('|');
        for (int i = 0; i < cells.Length; i++)
            text.Append(' ').Append(_columns[i].Right ? cells[i].PadLeft(widths[i]) : cells[i].PadRight(widths[i])).Append(" |");
        text.Append('\n');
    }

    [GeneratedRegex(@"[\\`*_\[\]|~]")]
    private static partial Regex Marks();
}
