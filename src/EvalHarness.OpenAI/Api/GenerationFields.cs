using System.Text.Json.Nodes;
using EvalHarness.Prompts;
using EvalHarness.Tasks;

namespace EvalHarness.OpenAI.Api;

/// <summary>The fields of a request that say how to generate. Those that would change nothing are left out.</summary>
internal static class GenerationFields
{
    /// <summary>The most stop strings that OpenAI and Azure take; the answer is cut at the others here.</summary>
    private const int MostStops = 4;

    private const string OfLimit = "max_tokens", OfCompletionLimit = "max_completion_tokens", OfStops = "stop";

    /// <param name="request">With the options of its task.</param>
    /// <param name="maxTokens">The most tokens to generate.</param>
    /// <param name="habits">What the server takes.</param>
    internal static JsonObject Of(GenerateRequest request, int maxTokens, ServerHabits habits)
    {
        GenerationOptions options = request.Options;
        var fields = new JsonObject
        {
            [habits.IsLimitOfCompletion ? OfCompletionLimit : OfLimit] = maxTokens,
            ["temperature"] = options.Greedy ? 0 : options.Temperature,
        };
        string[] stops = [.. options.Until.Where(s => s.Length > 0).Take(MostStops)];
        if (stops.Length > 0 && !habits.KeepsStops)
            fields[OfStops] = new JsonArray([.. stops.Select(s => JsonValue.Create(s))]);
        bool isLlama = habits.Program == "llamacpp";
        if (!options.Greedy)
            AddSampling(fields, request, saysNeutral: habits.HasDefaultsOfModel || isLlama, allTokens: isLlama ? 0 : -1);
        if (options.RepetitionPenalty != 1 || habits.HasDefaultsOfModel)
            fields[isLlama ? "repeat_penalty" : "repetition_penalty"] = options.RepetitionPenalty;
        return fields;
    }

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
