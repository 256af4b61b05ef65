namespace EvalHarness.Analysis.Receipts;

/// <summary>How the figures of a receipt were made, in sentences for its readers.</summary>
internal static class ReceiptNotes
{
    /// <param name="frozen">The frozen tokens; null where none were compared.</param>
    /// <param name="candidates">All candidates.</param>
    internal static IEnumerable<string> Of(ReceiptFrozen? frozen, IReadOnlyList<ReceiptCandidate> candidates)
    {
        if (frozen is not null)
        {
            yield return $"Frozen tokens: of the first {frozen.DocumentsPerTask} documents of each task that the base answered, the prompt "
                + "and what the base answered, in the base's tokens: the first completion, or the likeliest continuation. "
                + "Both models read them; a beginning that several documents of a task share is compared once, in the first of them.";
            yield return "KL: divergence of the candidate's distribution over the whole vocabulary from the base's, in nats. Same top: the "
                + "likeliest token is the same. Errors are those of blocks of neighbouring documents. [Intervals]: 95%.";
        }

        yield return "Recovery: the candidate's score over the base's on the same samples; its interval is that of a ratio of paired "
            + "means. Growth: the candidate's tokens of a completion over the base's. Cut off: ended at the limit of tokens.";
        if (candidates.Any(c => c.Scores.Any(s => s is { IsGroup: true })))
        {
            yield return "A group's scores vary from task to task, and its intervals of difference and recovery are of that: they say what "
                + "other such tasks would give.";
        }

        if (candidates.SelectMany(c => c.Scores).Select(s => s.Errored).DefaultIfEmpty(0).Max() is > 0 and var errored)
        {
            yield return $"Up to {errored} samples of a score errored in one of the runs and are left out. receipt.json has the interval "
                + "of the difference if each of them could be lost, and each could be won.";
        }

        if (candidates.SelectMany(c => c.Scores).Select(s => s.NotAsked).DefaultIfEmpty(0).Max() is > 0 and var missing)
            yield return $"Up to {missing} samples of a score are left out, because one of the runs did not ask them.";
        if (candidates.SelectMany(c => c.OtherTemplates).Distinct().ToList() is { Count: > 0 } chats)
        {
            yield return $"Compared by their messages: {string.Join(", ", chats)}. The runs asked the same conversations in different chat "
                + "templates; the frozen tokens are those of the base's template.";
        }

        if (candidates.SelectMany(c => c.OnlyInOne).Distinct().ToList() is { Count: > 0 } alone)
            yield return $"In one run only: {string.Join(", ", alone)}.";
        foreach (ReceiptCandidate candidate in candidates.Where(c => c.WhyNoDivergence is not null))
            yield return $"No KL of {candidate.Run.Name}: {candidate.WhyNoDivergence}.";
    }
}
