namespace EvalHarness.Planning;

/// <summary>
/// How fast a model runs on its device, as measured before a run, and what follows for completions: one after the other over a shared
/// prefix, or each from its first token in batches.
/// </summary>
/// <param name="BatchSize">Rows of the batch that was measured.</param>
/// <param name="Prefill">Prompt tokens per second.</param>
/// <param name="Decode">Generated tokens per second, one row.</param>
/// <param name="BatchDecode">Generated tokens per second, all rows together.</param>
public sealed record GenerationRates(int BatchSize, double Prefill, double Decode, double BatchDecode)
{
    /// <param name="prompts">Of the completions' prompts: alone, the unique ones are computed; in batches, all that are asked for.</param>
    /// <param name="completionTokens">Tokens that all completions may generate; half of them are expected.</param>
    /// <returns>Seconds by either way.</returns>
    public (double Alone, double Batched) Estimate(PlanTokens prompts, long completionTokens) =>
        ((prompts.Unique / Prefill) + (completionTokens / 2.0 / Decode), (prompts.Asked / Prefill) + (completionTokens / 2.0 / BatchDecode));
}
