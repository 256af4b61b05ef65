using System.Globalization;
using System.Text;
using System.Text.Json;
using EvalHarness.Data.Tables;
using EvalHarness.Files;
using EvalHarness.Results;

namespace EvalHarness.Reports;

/// <summary>One row of a samples file in full.</summary>
internal static class SampleView
{
    /// <summary>
    /// For a terminal: what a model or dataset wrote cannot move the cursor or change colours. Empty columns are left out.
    /// </summary>
    public static string Render(SampleRow sample)
    {
        var text = new StringBuilder();
        SampleRow shown = sample.Document.Length == 0 ? sample : sample with { Document = OverSeveralLines(sample.Document) };
        foreach ((string column, object? written) in shown.ToColumns())
        {
            object? value = column switch
            {
                "scores" when sample.Scores.Count > 0 => Scores(sample),
                "answers" when sample.Answers.Count > 0 => sample.AnswersJson(),
                SampleRow.TargetFlag => null,
                _ => written,
            };
            if (value is not (null or "" or IReadOnlyList<object?> { Count: 0 }))
                text.Append("== ").Append(column).Append('\n').Append(Escape(Text(value))).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>By metric and filter, the number or what the aggregation takes.</summary>
    private static string Scores(SampleRow sample) => new FreeValue(new OrderedDictionary<string, object?>(
        sample.Scores.Select(s => KeyValuePair.Create(s.Key, s.Items is null ? s.Value : PlainJson.Parse(s.Items))))).ToJson();

    private static string Text(object value) => value is IReadOnlyList<object?> list && list.All(i => i is string)
        ? string.Join("\n---\n", list)
        : new FreeValue(value).ToString();

    private static string OverSeveralLines(string json) =>
        JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(json), ResultsJson.Indented);

    /// <summary>Text of a model or dataset with control characters escaped, apart from line feeds and tabs.</summary>
    internal static string Escape(string text) => string.Concat(text.Select(c =>
        char.IsControl(c) && c is not ('\n' or '\t') ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : c.ToString()));
}
