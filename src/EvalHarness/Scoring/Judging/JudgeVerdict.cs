using System.Text.Json;
using System.Text.RegularExpressions;
using EvalHarness.Engines;
using EvalHarness.Tasks;

namespace EvalHarness.Scoring.Judging;

/// <summary>The grade that an answer of a judge gives, or why it gives none.</summary>
internal readonly record struct JudgeVerdict
{
    private const int ShownCharacters = 80;

    /// <summary>Null where there is none.</summary>
    internal JudgeGrade? Grade { get; private init; }

    /// <summary>Why there is no grade; null where there is one.</summary>
    internal string? Problem { get; private init; }

    /// <param name="judge">Says which grades there are, and where an answer has them.</param>
    /// <param name="response">The answer of the judge.</param>
    internal static JudgeVerdict Of(JudgeDefinition judge, Response response)
    {
        if (response.Error is { } error)
            return Without(error);
        string text = response.Text!;
        string? end = response.FinishReason switch
        {
            FinishReason.Length => $"its answer was cut off by the limit of {judge.Generation.MaxTokens} tokens: {Quoted(text)}",
            FinishReason.ContextFull => $"its context was full before its answer ended: {Quoted(text)}",
            FinishReason.ContentFilter => "a content filter withheld its answer",
            FinishReason.Refusal => $"it refused: {Quoted(text)}",
            _ => response.IsReasoningUnfinished ? "its reasoning did not end" : null,
        };
        if (end is not null)
            return Without(end);
        try
        {
            (string? name, string? problem) = judge.Property is { } property ? InJson(text, property) : InText(text, judge.Pattern!);
            return string.IsNullOrEmpty(name) ? Without(problem ?? $"its answer has no grade: {Quoted(text)}")
                : judge.Find(name) is { } grade ? new JudgeVerdict { Grade = grade }
                : Without($"its grade {Quoted(name)} is none of {string.Join(", ", judge.Grades.Select(g => g.Name))}");
        }
        catch (RegexMatchTimeoutException)
        {
            return Without("the pattern of its grade took too long on its answer");
        }
    }

    /// <summary>A judge that weighs several grades comes to its own at the end.</summary>
    private static (string? Name, string? Problem) InText(string text, Regex pattern)
    {
        Match? last = pattern.Matches(text).LastOrDefault();
        return last is null ? (null, $"its answer has no grade: {Quoted(text)}")
            : ((last.Groups.Values.Skip(1).FirstOrDefault(g => g.Success) ?? last.Groups[0]).Value.Trim(), null);
    }

    private static (string? Name, string? Problem) InJson(string text, string property)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(property, out JsonElement grade))
                return (null, $"its answer has no {property}: {Quoted(text)}");
            return grade.ValueKind switch
            {
                JsonValueKind.String => (grade.GetString()!.Trim(), null),
                JsonValueKind.Number => (grade.GetRawText(), null),
                _ => (null, $"its {property} is neither text nor a number: {Quoted(text)}"),
            };
        }
        catch (JsonException)
        {
            return (null, $"its answer is no JSON: {Quoted(text)}");
        }
    }

    private static JudgeVerdict Without(string problem) => new() { Problem = $"the judge gave no grade: {problem}" };

    private static string Quoted(string text)
    {
        string line = EvalException.OneLine(text).Trim();
        return line.Length == 0 ? "it is empty"
            : line.Length <= ShownCharacters ? $"'{line}'"
            : $"'{line[..ShownCharacters]}...'";
    }
}
