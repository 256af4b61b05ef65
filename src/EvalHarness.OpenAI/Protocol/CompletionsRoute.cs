using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Engines;
using EvalHarness.Tasks;

namespace EvalHarness.OpenAI.Protocol;

/// <summary>The route <c>completions</c>: a text goes on, and the log-probabilities of a prompt come back where the server gives them.</summary>
internal sealed class CompletionsRoute(HttpClient client, string model, RequestShape shape)
{
    /// <summary>OpenAI takes no more; completions are cut at all of a task's stop strings afterwards.</summary>
    internal const int MostStops = 4;

    /// <summary>Asks for the continuation of a text.</summary>
    internal Task<ServerAnswer> GenerateAsync(
        string prompt, GenerationOptions options, int seed, bool stops, CancellationToken cancellationToken)
    {
        JsonObject body = Body(prompt, options.MaxTokens);
        if (shape.SendsTemperature)
            body["temperature"] = options.Greedy ? 0 : options.Temperature;
        if (stops && shape.SendsStops && options.Until.Any(s => s.Length > 0))
            body["stop"] = new JsonArray([.. options.Until.Where(s => s.Length > 0).Take(MostStops).Select(s => JsonValue.Create(s))]);
        if (!options.Greedy)
        {
            body["seed"] = seed;
            if (options.TopP < 1)
                body["top_p"] = options.TopP;
        }

        foreach ((string name, JsonNode value) in Extra(options))
            body[name] = value;
        return SendAsync(body, cancellationToken);
    }

    /// <summary>The settings that OpenAI's protocol has no field for, as vLLM, SGLang, llama.cpp and others name them; neutral ones are left out.</summary>
    internal static IEnumerable<(string Name, JsonNode Value)> Extra(GenerationOptions options)
    {
        if (!options.Greedy && options.TopK > 0)
            yield return ("top_k", options.TopK);
        if (!options.Greedy && options.MinP > 0)
            yield return ("min_p", options.MinP);
        if (options.RepetitionPenalty != 1)
            yield return ("repetition_penalty", options.RepetitionPenalty);
    }

    /// <summary>Asks for the log-probability of each token of a prompt.</summary>
    /// <param name="prompt">A text, or an array of token ids.</param>
    /// <param name="echo">Whether to ask by echo and logprobs, or else by vLLM's prompt_logprobs.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal Task<ServerAnswer> ScoreAsync(JsonNode prompt, bool echo, CancellationToken cancellationToken)
    {
        // Some servers take no request for 0 tokens; the one token more is not looked at.
        JsonObject body = Body(prompt, maxTokens: 1);
        body["temperature"] = 0;
        if (echo)
            (body["echo"], body["logprobs"]) = (true, 1);
        else
            body["prompt_logprobs"] = 1;
        return SendAsync(body, cancellationToken);
    }

    private JsonObject Body(JsonNode prompt, int maxTokens) => new()
    {
        ["model"] = model,
        ["prompt"] = prompt,
        [shape.TokensField] = maxTokens,
    };

    private async Task<ServerAnswer> SendAsync(JsonObject body, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await client
            .PostAsJsonAsync("completions", body, cancellationToken)
            .ConfigureAwait(false);
        byte[] answer = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        return Read(answer);
    }

    /// <exception cref="UnreadableAnswerException">There is no completion in it.</exception>
    internal static ServerAnswer Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty("choices", out JsonElement choices)
                || choices.ValueKind != JsonValueKind.Array
                || choices.GetArrayLength() == 0)
            {
                throw new UnreadableAnswerException("the server's answer has no choices");
            }

            JsonElement choice = choices[0].Clone();
            JsonElement usage = Member(root, "usage");
            return new ServerAnswer
            {
                Model = Text(root, "model"),
                Fingerprint = Text(root, "system_fingerprint"),
                Text = Text(choice, "text") ?? throw new UnreadableAnswerException("the server's answer has no text"),
                FinishReason = ReasonOf(Text(choice, "finish_reason")),
                PromptTokens = Count(usage, "prompt_tokens"),
                CachedTokens = Count(Member(usage, "prompt_tokens_details"), "cached_tokens"),
                CompletionTokens = Count(usage, "completion_tokens"),
                ReasoningTokens = Count(Member(usage, "completion_tokens_details"), "reasoning_tokens"),
                Choice = choice,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new UnreadableAnswerException($"the server's answer cannot be read: {EvalException.OneLine(e.Message)}", e);
        }
    }

    private static FinishReason ReasonOf(string? word) => word switch
    {
        "length" => FinishReason.Length,
        "content_filter" => FinishReason.ContentFilter,
        _ => FinishReason.EndOfText,
    };

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) ? value : default;

    private static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static int Count(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out int count) && count > 0 ? count : 0;
}
