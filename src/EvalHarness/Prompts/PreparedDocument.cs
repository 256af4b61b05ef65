using EvalHarness.Data;

namespace EvalHarness.Prompts;

/// <summary>A document with its prompt, its reference answer and the requests that answer it.</summary>
public sealed record PreparedDocument
{
    /// <summary>Position among the task's documents, from 0.</summary>
    public required long Id { get; init; }

    public required Document Document { get; init; }

    /// <summary>The prompt; of several (a choice in each question) the first.</summary>
    public required string Context { get; init; }

    /// <summary>Empty unless the task has choices.</summary>
    public required IReadOnlyList<string> Choices { get; init; }

    /// <summary>An index into the choices (long), text, or a list of either.</summary>
    public required object? Target { get; init; }

    /// <summary>What is graded: the target, or where the choices stand in the question the index of the right question.</summary>
    public required object? Gold { get; init; }

    /// <summary>The task's targets are lists, any of which is right; decided by its first document, as in the reference.</summary>
    public required bool MultipleTargets { get; init; }

    public required IReadOnlyList<Request> Requests { get; init; }
}
