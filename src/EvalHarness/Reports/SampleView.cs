using System.Globalization;
using System.Text;
using System.Text.Json;
using EvalHarness.Documents;
using EvalHarness.Results;
using Parquet.Serialization;

namespace EvalHarness.Reports;

/// <summary>One row of a samples file in full.</summary>
public static class SampleView
{
    /// <returns>Column name to plain value.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: no such task or document in the run.</exception>
    public static async Task<IReadOnlyDictionary<string, object?>> ReadAsync(RunFolder folder, string task, long document, CancellationToken cancellationToken)
    {
        string file = folder.SamplesFile(task);
        if (!File.Exists(file))
        {
            string samples = Path.GetDirectoryName(file)!;
            string[] tasks = Directory.Exists(samples) ? [.. Directory.EnumerateFiles(samples, "*.parquet").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)] : [];
            throw new EvalException(ExitCode.Output, $"{folder.Name}: has no samples of task {task}; it has {(tasks.Length == 0 ? "none" : string.Join(", ", tasks.Take(10)))}");
        }

        using FileStream stream = File.OpenRead(file);
        DeserializationResult<Dictionary<string, object>> rows = await ParquetSerializer.DeserializeUntypedAsync(stream, cancellationToken: cancellationToken).ConfigureAwait(false);
        foreach (Dictionary<string, object> row in rows.Data)
        {
            if (Convert.ToInt64(row["doc_id"], CultureInfo.InvariantCulture) == document)
                return PlainValue.Map(row, rows.Schema.Fields);
        }

        throw new EvalException(ExitCode.Output, $"{file}: has no document {document}; it has {rows.Data.Count} documents, numbered from 0");
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
