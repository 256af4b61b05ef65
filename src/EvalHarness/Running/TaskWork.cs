using EvalHarness.Prompts;

namespace EvalHarness.Running;

/// <summary>What a task will cost, as far as it can be said before its prompts are tokens.</summary>
/// <param name="Characters">Of all different prompts, shared beginnings counted once: in proportion to the tokens to be computed.</param>
/// <param name="Completions">Requests that generate.</param>
/// <param name="CompletionTokens">Tokens that they may generate.</param>
internal sealed record TaskWork(long Characters, int Completions, long CompletionTokens)
{
    internal static TaskWork Of(IReadOnlyList<PreparedDocument> documents)
    {
        string[] contexts = [.. documents.SelectMany(d => d.Requests).Select(r => r.Context).Distinct()];
        Array.Sort(contexts, StringComparer.Ordinal);
        long characters = 0;
        for (int i = 0; i < contexts.Length; i++)
            characters += contexts[i].Length - (i == 0 ? 0 : contexts[i].AsSpan().CommonPrefixLength(contexts[i - 1]));
        GenerateRequest[] completions = [.. documents.SelectMany(d => d.Requests).OfType<GenerateRequest>()];
        return new TaskWork(characters, completions.Length, completions.Sum(c => (long)c.Options.MaxTokens));
    }
}
