namespace EvalHarness.Analysis.Arena;

/// <summary>What two runs answered to one document.</summary>
internal sealed record AnswerPair
{
    public required string Task { get; init; }

    /// <summary>The number of the document.</summary>
    public required long DocumentId { get; init; }

    /// <summary>The document's columns.</summary>
    public required IReadOnlyDictionary<string, object?> Document { get; init; }

    /// <summary>What was asked: the prompt, or of a conversation the last turn of the user.</summary>
    public required string Prompt { get; init; }

    /// <summary>The right answer; empty where there is none.</summary>
    public required string Reference { get; init; }

    /// <summary>The answer of the first run.</summary>
    public required string First { get; init; }

    /// <summary>The answer of the second run.</summary>
    public required string Second { get; init; }
}

/// <summary>The answers of two runs to a task's documents, and how many documents were left out.</summary>
/// <param name="Pairs">In the order of the documents.</param>
/// <param name="OtherDocuments">Documents that are not the same in both runs.</param>
/// <param name="Unanswered">Documents with an error, or without an answer, in one of the runs.</param>
/// <param name="WholePrompts">Pairs whose prompt is a whole conversation, because its last turn is not known.</param>
internal sealed record AnswerPairs(IReadOnlyList<AnswerPair> Pairs, int OtherDocuments, int Unanswered, int WholePrompts);
