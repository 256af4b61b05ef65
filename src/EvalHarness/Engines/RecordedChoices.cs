using System.Text.Json;

namespace EvalHarness.Engines;

/// <summary>
/// A line that has the answers to several choices of a document, which all follow one prompt: its prompt is written and hashed once.
/// </summary>
internal static class RecordedChoices
{
    /// <summary>The answers of the line, each as if it stood on a line of its own.</summary>
    /// <param name="line">What the answers share: the task, the document and the prompt.</param>
    /// <param name="choices">The answers as they stand in the line.</param>
    /// <exception cref="JsonException">A field is missing, stands in the wrong place, or has an impossible value.</exception>
    public static RecordedAnswer[] Of(RecordedAnswer line, IReadOnlyList<RecordedAnswer> choices)
    {
        if (line is { Task: null } or { DocId: null })
            throw new JsonException("there are choices, and no task and doc_id that say whom they answer");
        if (line.DocId < 0)
            throw new JsonException("doc_id counts from 0, and is negative");
        if (line is not { Index: null, Repeat: null, Continuation: null, Response: null, LogLikelihood: null, IsGreedy: null, Error: null })
            throw new JsonException("there are choices, and beside them an answer that belongs into one of them");
        if (choices.Count == 0)
            throw new JsonException("there are no choices in the list of them");
        var indexes = new HashSet<int>();
        return [.. choices.Select(choice => Checked(line, choice, indexes))];
    }

    private static RecordedAnswer Checked(RecordedAnswer line, RecordedAnswer? choice, HashSet<int> indexes)
    {
        if (choice is null)
            throw new JsonException("a choice is null");
        if (choice is not { Task: null, DocId: null, Context: null, ContextSha256: null, MessagesSha256: null, Choices: null })
            throw new JsonException("a choice has a field that all choices of a line share, such as task or context_sha256");
        if (choice is { Response: not null } or { Repeat: not null })
            throw new JsonException("a choice has a response or a repeat, where choices have log-likelihoods");
        choice.Check();
        if (choice.Index is not { } index)
            throw new JsonException("a choice has no index, the number of the choice from 0");
        if (!indexes.Add(index))
            throw new JsonException($"two choices have the index {index}");
        return line with
        {
            Choices = null,
            Index = index,
            Continuation = choice.Continuation,
            LogLikelihood = choice.LogLikelihood,
            IsGreedy = choice.IsGreedy,
            Error = choice.Error,
            PromptTokens = choice.PromptTokens,
            CachedTokens = choice.CachedTokens,
            CompletionTokens = choice.CompletionTokens,
        };
    }
}
