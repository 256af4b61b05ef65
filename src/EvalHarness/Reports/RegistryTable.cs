using System.Globalization;
using System.Text;
using EvalHarness.Analysis.Published;

namespace EvalHarness.Reports;

/// <summary>Published scores, each with how it is measured here or why it is not.</summary>
internal static class RegistryTable
{
    public static string Render(IReadOnlyList<RegistryRow> rows)
    {
        var table = new TextTable(
            ("Model", false),
            ("Benchmark", false),
            ("Quantization", false),
            ("Published", true),
            ("Source", false),
            ("Protocol", false),
            ("Task", false),
            ("Shots", true),
            ("Metric and filter", false),
            ("Chat template", false),
            ("Not as the source, or why no protocol fits", false));
        foreach (RegistryRow row in rows)
        {
            RegistryProtocol? protocol = row.Protocol;
            table.Add(
                row.Model,
                row.Benchmark,
                row.Quantization ?? "",
                row.Value.Text,
                $"{row.Source.Title}{(row.Primary ? "" : " (second-hand)")}",
                protocol?.Id ?? "none",
                protocol?.Tasks ?? "",
                protocol?.Does.Shots is { } shots ? TextTable.Number(shots) : "",
                protocol?.Score ?? "",
                protocol is null ? "" : protocol.Does.ChatTemplate is true ? "applied" : "not applied",
                NotTheSame(row));
        }

        var text = new StringBuilder(table.ToString());
        text.Append(CultureInfo.InvariantCulture, $"\nscores: {rows.Count}, with a protocol: {rows.Count(r => r.Protocol is not null)}\n");
        string[] missing = [.. rows.Where(r => r.Protocol is { AtHand: false }).Select(r => r.Protocol!.Tasks).Distinct()];
        if (missing.Length > 0)
            text.Append(CultureInfo.InvariantCulture, $"not at hand: {string.Join(", ", missing)}; {PublishedProtocol.WhereTasksAre}\n");
        return text.ToString();
    }

    /// <summary>Nothing where the protocol follows all that the source tells.</summary>
    private static string NotTheSame(RegistryRow row) => row.Protocol is null ? row.Why!
        : row.Protocol.Departures.Count == 0 && row.Setting == new PublishedSetting() ? "the source tells no setting"
        : string.Join("; ", row.Protocol.Departures);
}
