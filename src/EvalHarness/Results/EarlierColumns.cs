using System.Reflection;
using System.Text.Json;
using EvalHarness.Data.Tables;

namespace EvalHarness.Results;

/// <summary>The columns of version 1 of sample files, read as those of today. They are never written.</summary>
internal static class EarlierColumns
{
    private static readonly JsonDocumentOptions NoKeyTwice = new() { AllowDuplicateProperties = false };

    /// <summary>All columns of version 1.</summary>
    internal static IReadOnlyList<SampleColumn> All { get; } =
        [.. SampleRow.Columns.Zip(SampleColumn.All, (column, today) => Of(column.Name, column.Property) ?? today)];

    private static SampleColumn? Of(string name, PropertyInfo property) => name switch
    {
        "scores" => new EarlierTextColumn<IReadOnlyList<SampleScore>>(name, name, property, ScoresOf),
        "answers" => new EarlierTextColumn<IReadOnlyList<SampleAnswers>>(name, name, property, AnswersOf),
        "target" => new EarlierTextColumn<string?>(name, name, property, json => SampleRow.TargetOf(json).Target),
        SampleRow.TargetFlag => new EarlierTextColumn<bool?>(name, "target", property, json => SampleRow.TargetOf(json).IsJson),
        "detail" or "error" => new EarlierTextColumn<string?>(name, name, property, text => text.Length == 0 ? null : text),
        "token_logprobs" => new EarlierTokensColumn(name, property),
        _ => null,
    };

    /// <param name="json">"METRIC,FILTER" to a number, or to what the metric's aggregation takes.</param>
    private static IReadOnlyList<SampleScore> ScoresOf(string json)
    {
        if (json.Length == 0)
            return [];
        using var scores = JsonDocument.Parse(json, NoKeyTwice);
        return [.. scores.RootElement.EnumerateObject().Select(ScoreOf)];
    }

    private static SampleScore ScoreOf(JsonProperty score)
    {
        int comma = score.Name.LastIndexOf(',');
        return comma > 0
            ? SampleScore.Of(score.Name[..comma], score.Name[(comma + 1)..], ScoreValues.Read(score.Value))
            : throw new InvalidDataException($"column scores: '{score.Name}' is no METRIC,FILTER");
    }

    /// <param name="json">A filter's name to the list of its answers; what was imported may have other values than texts in it.</param>
    private static IReadOnlyList<SampleAnswers> AnswersOf(string json)
    {
        if (json.Length == 0)
            return [];
        using var answers = JsonDocument.Parse(json, NoKeyTwice);
        return
        [
            .. answers.RootElement.EnumerateObject().Select(a => SampleAnswers.Of(a.Name, PlainJson.From(a.Value))),
        ];
    }
}
