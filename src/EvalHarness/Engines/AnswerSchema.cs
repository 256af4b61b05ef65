using System.Text;
using System.Text.Json;
using EvalHarness.Tasks;

namespace EvalHarness.Engines;

/// <summary>
/// The JSON schema whose form the answers to a task's requests must have; see <see cref="GenerationOptions.JsonSchema"/>.
/// </summary>
internal static class AnswerSchema
{
    /// <summary>A name twice in one object would say two things, of which each reader takes another.</summary>
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private static readonly JsonReaderOptions Deep = new() { MaxDepth = 1000 };

    /// <summary>The schema as JSON. What it says is checked by whoever keeps answers to it.</summary>
    /// <param name="task">The task, for the message.</param>
    /// <param name="schema">The text of the schema.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/>: the text is not JSON, or neither an object nor true or false.
    /// </exception>
    internal static JsonElement Parse(string task, string schema)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(schema, Strict);
            JsonElement root = document.RootElement;
            return root.ValueKind is JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False
                ? root.Clone()
                : throw Wrong(task, $"{EvalException.OneLine(root.GetRawText())}; expected an object, such as {{\"type\": \"object\"}}");
        }
        catch (JsonException e)
        {
            throw Wrong(task, $"not valid JSON: {EvalException.OneLine(e.Message)}", e);
        }
    }

    /// <summary>The mistake of a schema that nobody can keep to.</summary>
    internal static EvalException Wrong(string task, string why, Exception? inner = null) =>
        new(ExitCode.Task, $"task {task}: the JSON schema of its answers cannot be used: {why}", inner);

    /// <summary>The mistake of a schema that this engine, as it was opened, cannot keep answers to.</summary>
    internal static EvalException Unsupported(string task, string why) =>
        new(ExitCode.Model, $"task {task} wants answers in the form of a JSON schema, and {why}");

    /// <summary>
    /// Why an answer that a server gave is not in the form that was asked for: a server that does not know a schema may answer as if none
    /// had been sent. Only that it is JSON is looked at, which such an answer is not.
    /// </summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="text">The answer, before it is cut at a stop string.</param>
    /// <param name="isCut">Whether the text may end anywhere.</param>
    /// <returns>Null where the answer is JSON, or no schema was asked for.</returns>
    internal static string? Problem(GenerationOptions options, string text, bool isCut)
    {
        if (options.JsonSchema is null)
            return null;
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text), isFinalBlock: !isCut, new JsonReaderState(Deep));
        try
        {
            while (reader.Read())
            {
            }

            return null;
        }
        catch (JsonException)
        {
            return "the answer is not JSON, although it was asked for in the form of a JSON schema: the model's server does not keep to it";
        }
    }
}
