using System.Text.Json;
using EvalHarness.Prompts;
using EvalHarness.Pythonic;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Analysis.Arena;

/// <summary>
/// What a document asked, for a judge to read. A prompt that is a text is that itself. Of a conversation it is the last turn of the user:
/// from the turns where the samples have them, and else what doc_to_text gives, if the text that the chat template made has it.
/// </summary>
internal sealed class AskedText
{
    private readonly TaskField? _question;

    private AskedText(TaskField? question) => _question = question;

    internal static AskedText Of(FinishedRun run, string task)
    {
        if (run.Report.Config(task).DocToText is not { } text)
            return new AskedText(null);
        try
        {
            return new AskedText(new TaskField(text, $"{run.Name}: {task}: doc_to_text"));
        }
        catch (EvalException)
        {
            // What a function gives is not known here, and its name need not be a template.
            return new AskedText(null);
        }
    }

    /// <returns>The text, and whether it is a whole conversation, because its last turn is not known.</returns>
    internal (string Text, bool IsWhole) Of(SampleRow row, IReadOnlyDictionary<string, object?> document)
    {
        string context = row.AllContexts[0];
        if (row.MessagesSha256 is not [var hash, ..])
            return (context, false);
        return LastTurn(context, hash) is { } turn ? (turn, false)
            : Question(document) is { Length: > 0 } asked && context.Contains(asked.Trim(), StringComparison.Ordinal) ? (asked, false)
            : (context, true);
    }

    /// <summary>Null where the prompt is no list of turns, as it is where the engine passed them on.</summary>
    private static string? LastTurn(string context, string hash)
    {
        if (!context.StartsWith('['))
            return null;
        try
        {
            ChatMessage[] turns =
            [
                .. (JsonSerializer.Deserialize<Turn[]>(context, LowerCase) ?? []).Select(t => new ChatMessage(t.Role, t.Content)),
            ];
            bool isPrefilled = turns is [.., { Role: "assistant" }];
            return turns.Length > 0 && Prompt.FromMessages(turns, isPrefilled).MessagesSha256() == hash
                ? turns.LastOrDefault(t => t.Role == "user")?.Content
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static readonly JsonSerializerOptions LowerCase = new(JsonSerializerOptions.Web) { RespectNullableAnnotations = true };

    private sealed record Turn(string Role, string Content);

    private string? Question(IReadOnlyDictionary<string, object?> document)
    {
        try
        {
            return _question is null ? null : Python.Str(_question.Resolve(document));
        }
        catch (EvalException)
        {
            return null;
        }
    }
}
