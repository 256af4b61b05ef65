namespace EvalHarness.Planning;

/// <summary>
/// Says how fast a model runs on its device, as measured before a run. The rates decide whether completions are generated one
/// after the other over shared prefixes, or in batches in which every prompt is computed from its first token.
/// </summary>
/// <param name="BatchSize">The number of rows of the batch that was measured.</param>
/// <param name="Prefill">The prompt tokens computed per second.</param>
/// <param name="Decode">The tokens generated per second for a single row.</param>
/// <param name="BatchDecode">The tokens generated per second for a batch, summed over its rows.</param>
public sealed record GenerationRates(int BatchSize, double Prefill, double Decode, double BatchDecode)
{
    /// <summary>Estimates the duration of a set of completions, one after the other and in batches.</summary>
    /// <param name="prompts">
    /// The tokens of the prompts. Completions one after the other compute the unique tokens; batches compute all tokens asked for.
    /// </param>
    /// <param name="completionTokens">The sum of the completions' token limits. Half of these tokens are expected.</param>
    /// <returns>The estimated seconds of either way.</returns>
    internal (double Alone, double Batched) Estimate(PlanTokens prompts, long completionTokens) =>
        ((prompts.Unique / Prefill) + (completionTokens / 2.0 / Decode),
        (prompts.Asked / Prefill) + (completionTokens / 2.0 / BatchDecode));
}
