using System.Text.Json.Nodes;

namespace EvalHarness.Nightly.Gating;

/// <summary>What a run cost: the tokens of its last start, its seconds in the model, and its largest memory.</summary>
internal sealed record RunCost(double PromptTokens, double PrefillSeconds, double Generated, double DecodeSeconds, double PeakMemory)
{
    internal static RunCost Of(JsonObject results)
    {
        JsonNode usage = results["evalharness"]!["usage"]!;
        double Value(string name) => (double?)usage[name] ?? 0;
        return new RunCost(Value("prompt_tokens_computed"), Value("prefill_seconds"), Value("tokens_generated"), Value("decode_seconds"), (double?)results["evalharness"]!["seconds"]!["peak_memory"] ?? 0);
    }

    /// <summary>
    /// The candidate's time for the base's tokens, over the base's: seconds per token are compared, so a run that was resumed, and computed
    /// less in its last start, can be.
    /// </summary>
    /// <returns>Null where one of them computed nothing.</returns>
    internal static double? Slowdown(RunCost other, RunCost candidate)
    {
        double time = 0;
        foreach ((double tokens, double candidateTokens, double seconds) in ((double, double, double)[])[(other.PromptTokens, candidate.PromptTokens, candidate.PrefillSeconds), (other.Generated, candidate.Generated, candidate.DecodeSeconds)])
        {
            if (tokens > 0 && (candidateTokens == 0 || seconds == 0))
                return null;
            time += tokens == 0 ? 0 : tokens * seconds / candidateTokens;
        }

        double was = (other.PromptTokens > 0 ? other.PrefillSeconds : 0) + (other.Generated > 0 ? other.DecodeSeconds : 0);
        return was > 0 && time > 0 ? time / was : null;
    }

    internal static double? Growth(RunCost other, RunCost candidate) => other.PeakMemory > 0 && candidate.PeakMemory > 0 ? candidate.PeakMemory / other.PeakMemory : null;
}
