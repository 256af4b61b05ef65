using System.Text;

namespace EvalHarness.Reports;

/// <summary>
/// A Markdown table whose columns line up in a terminal. Written by hand because a terminal library fits its tables to the terminal's
/// width, and these are read by programs as well.
/// </summary>
public sealed class TextTable(params IReadOnlyList<(string Header, bool Right)> columns)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells)
    {
        if (cells.Length != columns.Count)
            throw new ArgumentException($"{cells.Length} cells for {columns.Count} columns", nameof(cells));
        _rows.Add([.. cells.Select(Visible)]);
    }

    /// <summary>Cells may hold names out of files; nothing in them moves the cursor or breaks the table.</summary>
    private static string Visible(string cell) =>
        string.Concat(cell.Select(c => char.IsControl(c) ? ' ' : c)).Replace("|", "\\|", StringComparison.Ordinal);

    public override string ToString()
    {
        int[] widths = [.. columns.Select((c, i) => Math.Max(c.Header.Length, _rows.Select(r => r[i].Length).DefaultIfEmpty(0).Max()))];
        var text = new StringBuilder();
        Append(text, [.. columns.Select(c => c.Header)], widths);
        text.Append('|');
        for (int i = 0; i < columns.Count; i++)
            text.Append('-', widths[i] + 1).Append(columns[i].Right ? ':' : '-').Append('|');
        text.Append('\n');
        foreach (string[] row in _rows)
            Append(text, row, widths);
        return text.ToString();
    }

    private void Append(StringBuilder text, string[] cells, int[] widths)
    {
        text.Append('|');
        for (int i = 0; i < cells.Length; i++)
            text.Append(' ').Append(columns[i].Right ? cells[i].PadLeft(widths[i]) : cells[i].PadRight(widths[i])).Append(" |");
        text.Append('\n');
    }
}
