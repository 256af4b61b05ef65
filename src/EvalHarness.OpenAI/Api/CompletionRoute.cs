using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Engines;

namespace EvalHarness.OpenAI.Api;

/// <summary><c>POST /completions</c>: the continuation of a text, and what each of its tokens was worth to the model.</summary>
/// <param name="client">Sends to the endpoint.</param>
internal sealed class CompletionRoute(EndpointClient client)
{
    /// <summary>A prompt as the field takes it.</summary>
    /// <param name="tokens">Token ids.</param>
    internal static JsonArray Prompt(IEnumerable<int> tokens) => new([.. tokens.Select(t => JsonValue.Create(t))]);

    /// <param name="prompt">A text, or <see cref="Prompt"/>.</param>
    /// <param name="fields">All other fields but the model's name.</param>
    internal JsonObject Body(JsonNode prompt, JsonObject fields)
    {
        var body = new JsonObject { ["model"] = client.Address.Model, ["prompt"] = prompt };
        foreach ((string name, JsonNode? value) in fields)
            body[name] = value?.DeepClone();
        return body;
    }

    internal Task<JsonElement> PostAsync(JsonObject body, CancellationToken cancellationToken) =>
        client.PostAsync(client.Address.At("/completions"), body, cancellationToken);

    /// <exception cref="AnswerException">The answer has no text.</exception>
    internal static EndpointAnswer Read(JsonElement answer)
    {
        JsonElement choice = Choice(answer);
        FinishReason? end = AnswerEnd.Of(choice);
        return new EndpointAnswer
        {
            Model = answer.Text("model"),
            Fingerprint = answer.Text("system_fingerprint"),
            Text = choice.Text("text")
                ?? (end == FinishReason.ContentFilter ? "" : throw new AnswerException("the answer has no choices[0].text")),
            End = end,
            Usage = AnswerUsage.Of(answer),
        };
    }

    internal static JsonElement Choice(JsonElement answer) => answer.List("choices") is [var first, ..]
        ? first
        : throw new AnswerException("the answer has no choices");
}
