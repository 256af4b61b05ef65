using System.Text.Json;
using EvalHarness.Engines;

namespace EvalHarness.OpenAI.Api;

/// <summary>Reads why a server ended an answer.</summary>
internal static class AnswerEnd
{
    /// <param name="choice">An item of <c>choices</c>.</param>
    /// <returns>
    /// Null where the server says "stop" and not whether that was a stop string or the end of the text, which most do not.
    /// </returns>
    /// <exception cref="AnswerException">The server says that it failed, or something that is not known here.</exception>
    /// <remarks>
    /// Source: besides OpenAI's words, TGI says "eos_token" and "stop_sequence", vLLM has the stop string in "stop_reason" (null for the
    /// end of the text), SGLang in "matched_stop" (a number for a token), and llama.cpp has "stop_type" where it answers in its own form.
    /// </remarks>
    internal static FinishReason? Of(JsonElement choice) => choice.Text("finish_reason") switch
    {
        null => null,
        "stop" => OfStop(choice),
        "stop_sequence" => FinishReason.Stop,
        "eos_token" or "tool_calls" or "function_call" => FinishReason.EndOfText,
        "length" => FinishReason.Length,
        "content_filter" => FinishReason.ContentFilter,
        var word => throw new AnswerException(
            $"the server ended the answer with finish_reason '{word}'; expected stop, length or content_filter"),
    };

    private static FinishReason? OfStop(JsonElement choice)
    {
        foreach (string name in (string[])["stop_reason", "matched_stop"])
        {
            if (choice.ValueKind == JsonValueKind.Object && choice.TryGetProperty(name, out JsonElement reason))
                return reason.ValueKind == JsonValueKind.String ? FinishReason.Stop : FinishReason.EndOfText;
        }

        return null;
    }

    /// <summary>OpenAI's word for an end, which its client reads.</summary>
    internal static string Word(FinishReason? end) => end switch
    {
        FinishReason.Length => "length",
        FinishReason.ContentFilter => "content_filter",
        _ => "stop",
    };
}
