using EvalHarness.Results;

namespace EvalHarness.Nightly.Gating;

/// <summary>What a run cost against another run of the same work.</summary>
internal static class CostRatio
{
    /// <summary>
    /// The candidate's time for the base's tokens, over the base's. Seconds per token are compared, so that a run that was resumed, and
    /// computed some prefixes twice, can be compared too.
    /// </summary>
    /// <returns>Null where one of them computed nothing.</returns>
    internal static double? Slowdown(RunCost other, RunCost candidate)
    {
        (long Tokens, long CandidateTokens, double Seconds)[] phases =
        [
            (other.Usage.PromptTokensComputed, candidate.Usage.PromptTokensComputed, candidate.Usage.PrefillSeconds),
            (other.Usage.TokensGenerated, candidate.Usage.TokensGenerated, candidate.Usage.DecodeSeconds),
        ];
        if (phases.Any(p => p.Tokens > 0 && (p.CandidateTokens == 0 || p.Seconds == 0)))
            return null;
        double time = phases.Sum(p => p.Tokens == 0 ? 0 : p.Tokens * p.Seconds / p.CandidateTokens);
        double was = (other.Usage.PromptTokensComputed > 0 ? other.Usage.PrefillSeconds : 0)
            + (other.Usage.TokensGenerated > 0 ? other.Usage.DecodeSeconds : 0);
        return was > 0 && time > 0 ? time / was : null;
    }

    /// <returns>The candidate's peak memory over the base's; null where one of them is not known.</returns>
    internal static double? Growth(RunCost other, RunCost candidate) => other.Seconds.PeakMemory > 0 && candidate.Seconds.PeakMemory > 0
        ? (double)candidate.Seconds.PeakMemory / other.Seconds.PeakMemory
        : null;
}
