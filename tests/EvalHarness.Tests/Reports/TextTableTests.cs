using EvalHarness.Reports;

namespace EvalHarness.Tests.Reports;

public sealed class TextTableTests
{
    private static TextTable Table(IEnumerable<(string Name, int Depth)> rows)
    {
        var table = new TextTable(("Name", false), ("n", true));
        foreach ((string name, int depth) in rows)
            table.Add(new string(' ', 2 * depth) + name, "1");
        return table;
    }

    [Fact]
    public void ToString_LinesUp() =>
        Assert.Equal("| Name | n |\n|------|--:|\n| a    | 1 |\n|   bc | 1 |\n", Table([("a", 0), ("bc", 1)]).ToString());

    /// <summary>Names come from files, so they are shown as text and never read as markup.</summary>
    [Fact]
    public void ToMarkdown_Names_AreNoMarkup() =>
        Assert.Equal(
            "| Name | n |\n| --- | ---: |\n| a\\_b\\|c&lt;b>\\*&amp; | 1 |\n| &nbsp;&nbsp;d | 1 |\n",
            Table([("a_b|c<b>*&", 0), ("d", 1)]).ToMarkdown());

    [Fact]
    public void Folded_DeeperRows_AreFoldedAway()
    {
        (string, int)[] rows = [("group", 0), ("task", 1), ("alone", 0)];
        string markdown = TextTable.Folded(rows, r => r.Item2, Table);
        string[] parts = markdown.Split("<details markdown=\"1\"><summary>1 more lines, by task</summary>");
        Assert.Equal(2, parts.Length);
        Assert.DoesNotContain("task", parts[0], StringComparison.Ordinal);
        Assert.Contains("| &nbsp;&nbsp;task |", parts[1], StringComparison.Ordinal);
        Assert.DoesNotContain("<details", TextTable.Folded([("alone", 0)], r => r.Item2, Table), StringComparison.Ordinal);
    }
}
