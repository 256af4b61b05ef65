using EvalHarness.Prompts;

namespace EvalHarness.Running;

/// <summary>What a task will cost, as far as it can be said before its prompts are tokens.</summary>
/// <param name="Characters">Of all different prompts, shared beginnings counted once: in proportion to the tokens to be computed.</param>
/// <param name="Completions">Requests that generate.</param>
/// <param name="CompletionTokens">Tokens that they may generate.</param>
/// <param name="Shared">
/// Characters that two prompts beside each other have in common, on average: what a cut of the task computes twice.
/// </param>
internal sealed record TaskWork(long Characters, int Completions, long CompletionTokens, long Shared = 0)
{
    /// <param name="share">0 to 1.</param>
    internal TaskWork Times(double share) => new(
        (long)(Characters * share), (int)Math.Round(Completions * share), (long)(CompletionTokens * share), Shared);

    /// <param name="documents">The first documents of a task, prepared.</param>
    /// <param name="total">
    /// The number of documents of the task. Those that are not prepared are taken to cost as much on average, but what the first prompt
    /// shares with the others is counted once. Exact if all documents are prepared.
    /// </param>
    internal static TaskWork Of(IReadOnlyList<PreparedDocument> documents, int total)
    {
        string[] contexts = [.. documents.SelectMany(d => d.Requests).Select(r => r.Context).Distinct()];
        Array.Sort(contexts, StringComparer.Ordinal);
        long first = contexts.Length == 0 ? 0 : contexts[0].Length;
        (long others, long shared) = (0, 0);
        for (int i = 1; i < contexts.Length; i++)
        {
            int common = contexts[i].AsSpan().CommonPrefixLength(contexts[i - 1]);
            (others, shared) = (others + contexts[i].Length - common, shared + common);
        }

        GenerateRequest[] completions = [.. documents.SelectMany(d => d.Requests).OfType<GenerateRequest>()];
        double all = documents.Count == 0 ? 0 : (double)total / documents.Count;
        // The other prompts of the block are one fewer than its prompts, and so are those of the whole task.
        double allOthers = contexts.Length < 2 ? all : ((contexts.Length * all) - 1) / (contexts.Length - 1);
        return new TaskWork(
            first + (long)Math.Round(others * allOthers),
            (int)Math.Round(completions.Length * all),
            (long)Math.Round(completions.Sum(c => (long)c.Options.MaxTokens) * all),
            shared / Math.Max(1, contexts.Length - 1));
    }
}
