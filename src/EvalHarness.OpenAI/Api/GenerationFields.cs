using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Tasks;

namespace EvalHarness.OpenAI.Api;

/// <summary>The fields of a request that say how to generate. Those that would change nothing are left out.</summary>
internal static class GenerationFields
{
    /// <summary>The most stop strings that OpenAI and Azure take; the answer is cut at the others here.</summary>
    private const int MostStops = 4;

    private const string OfLimit = "max_tokens", OfCompletionLimit = "max_completion_tokens", OfStops = "stop";

    /// <summary>A schema must have a name, which some servers tell the model.</summary>
    private const string OfSchema = "response_format", NameOfSchema = "answer";

    /// <param name="request">With the options of its task.</param>
    /// <param name="maxTokens">The most tokens to generate.</param>
    /// <param name="habits">What the server takes.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: the JSON schema is none.</exception>
    internal static JsonObject Of(GenerateRequest request, int maxTokens, ServerHabits habits)
    {
        GenerationOptions options = request.Options;
        var fields = new JsonObject
        {
            [habits.IsLimitOfCompletion ? OfCompletionLimit : OfLimit] = maxTokens,
            ["temperature"] = options.Greedy ? 0 : options.Temperature,
        };
        string[] stops = [.. options.Until.Where(s => s.Length > 0).Take(MostStops)];
        // An answer in the form of a schema ends by itself, and cut at a stop string it could not be told from one of another form.
        if (stops.Length > 0 && !habits.KeepsStops && options.JsonSchema is null)
            fields[OfStops] = new JsonArray([.. stops.Select(s => JsonValue.Create(s))]);
        bool isLlama = habits.Program == "llamacpp";
        if (!options.Greedy)
            AddSampling(fields, request, saysNeutral: habits.HasDefaultsOfModel || isLlama, allTokens: isLlama ? 0 : -1);
        if (options.RepetitionPenalty != 1 || habits.HasDefaultsOfModel)
            fields[isLlama ? "repeat_penalty" : "repetition_penalty"] = options.RepetitionPenalty;
        if (options.JsonSchema is { } schema)
            fields[OfSchema] = FormOf(AnswerSchema.Parse(request.Key.Task, schema));
        return fields;
    }

    /// <summary>The field of a chat that keeps its answer to a schema. What is not strict would be advice to the model.</summary>
    private static JsonObject FormOf(JsonElement schema) => new()
    {
        ["type"] = "json_schema",
        ["json_schema"] = new JsonObject
        {
            ["name"] = NameOfSchema,
            ["strict"] = true,
            ["schema"] = JsonNode.Parse(schema.GetRawText()),
        },
    };

    private static void AddSampling(JsonObject fields, GenerateRequest request, bool saysNeutral, int allTokens)
    {
        GenerationOptions options = request.Options;
        fields["seed"] = request.Seed;
        if (options.TopP < 1 || saysNeutral)
            fields["top_p"] = options.TopP;
        if (options.TopK > 0 || saysNeutral)
            fields["top_k"] = options.TopK > 0 ? options.TopK : allTokens;
        if (options.MinP > 0 || saysNeutral)
            fields["min_p"] = options.MinP;
    }

    /// <summary>Whether a field is the limit of tokens that OpenAI's reasoning models do not take.</summary>
    internal static bool IsLimit(string field) => field == OfLimit;

    internal static bool IsStops(string field) => field == OfStops;
}
