using System.Text;
using System.Text.Json;

namespace EvalHarness.OpenAI.Transport;

/// <summary>What a server says of a request that it refuses.</summary>
/// <param name="Message">In one line, cut to a readable length, without the key.</param>
/// <param name="Code">A word such as "content_filter" or "insufficient_quota"; null where there is none.</param>
/// <param name="Parameter">The field of the request that it is about; null where there is none.</param>
/// <remarks>
/// Source: OpenAI and Azure send {"error": {"message", "code", "param"}}, vLLM and llama.cpp the same or the object without "error", TGI
/// {"error": "text"}, and FastAPI {"detail": "text"} or a list of {"msg"}.
/// </remarks>
internal sealed record ServerError(string Message, string? Code, string? Parameter)
{
    private const int LongestMessage = 300;

    /// <returns>Null where the body has no words for a reader.</returns>
    internal static ServerError? Read(ReadOnlyMemory<byte> body, ApiKey? key)
    {
        string? Clean(string? text) => text is null ? null : Line(key?.Hide(text) ?? text);
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            JsonElement error = Member(root, "error") is { ValueKind: JsonValueKind.Object } inner ? inner : root;
            string? message = Text(Member(error, "message")) ?? Text(Member(root, "error")) ?? Detail(Member(root, "detail"));
            string? code = Text(Member(error, "code")), parameter = Text(Member(error, "param"));
            return message is null && code is null ? null : new ServerError(Clean(message ?? code)!, Clean(code), Clean(parameter));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or half of a surrogate pair in it.
            string text = Encoding.UTF8.GetString(body.Span).Trim();
            // The page of a proxy says little in much markup.
            return text.Length == 0 || text[0] == '<' ? null : new ServerError(Clean(text)!, null, null);
        }
    }

    /// <summary>The error in an answer whose status is one of success.</summary>
    /// <returns>Null where there is none.</returns>
    internal static ServerError? ReadFromAnswer(ReadOnlyMemory<byte> body, ApiKey? key)
    {
        if (body.Span.IndexOf("\"error\""u8) < 0)
            return null;
        using JsonDocument document = JsonDocument.Parse(body);
        return Member(document.RootElement, "error") is { ValueKind: not JsonValueKind.Null } ? Read(body, key) : null;
    }

    private static string? Detail(JsonElement? detail) => detail is { ValueKind: JsonValueKind.Array } list
        ? string.Join("; ", list.EnumerateArray().Select(e => Text(Member(e, "msg"))).OfType<string>())
        : Text(detail);

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) ? value : null;

    private static string? Text(JsonElement? element) => element switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => null,
    };

    private static string Line(string text)
    {
        string line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (line.Length <= LongestMessage)
            return line;
        int end = char.IsHighSurrogate(line[LongestMessage - 1]) ? LongestMessage - 1 : LongestMessage;
        return line[..end] + "…";
    }
}
