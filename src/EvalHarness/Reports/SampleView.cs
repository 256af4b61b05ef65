using System.Globalization;
using System.Text;
using System.Text.Json;
using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Results;

namespace EvalHarness.Reports;

/// <summary>One row of a samples file in full.</summary>
public static class SampleView
{
    /// <returns>Column name to plain value.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: no such task or document in the run.</exception>
    public static async Task<IReadOnlyDictionary<string, object?>> ReadAsync(RunFolder folder, string task, long document, CancellationToken cancellationToken)
    {
        IReadOnlyList<IReadOnlyDictionary<string, object?>> rows = await folder.ReadSamplesAsync(task, cancellationToken).ConfigureAwait(false);
        return rows.FirstOrDefault(row => Convert.ToInt64(row["doc_id"], CultureInfo.InvariantCulture) == document)
            ?? throw new EvalException(ExitCode.Output, $"{folder.SamplesFile(task)}: has no document {document}; it has {rows.Count} documents, numbered from 0");
    }

    /// <summary>For a terminal: what a model or dataset wrote cannot move the cursor or change colours.</summary>
    public static string Render(IReadOnlyDictionary<string, object?> sample)
    {
        var text = new StringBuilder();
        foreach ((string column, object? value) in sample)
        {
            if (value is null or "" or IReadOnlyList<object?> { Count: 0 })
                continue;
            string shown = value switch
            {
                string s => s,
                IReadOnlyList<object?> list when list.All(i => i is string) => string.Join("\n---\n", list),
                _ => Document.ToNode(value)!.ToJsonString(ResultsJson.Line),
            };
            if (column == "document")
                shown = JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(shown), ResultsJson.Indented);
            text.Append("== ").Append(column).Append('\n').Append(Escape(shown)).Append('\n');
        }

        return text.ToString();
    }

    private static string Escape(string text) =>
        string.Concat(text.Select(c => char.IsControl(c) && c is not ('\n' or '\t') ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : c.ToString()));
}
