namespace EvalHarness.Planning;

/// <summary>A document of a task where an engine comes to it, and what it costs.</summary>
/// <param name="Document">The position of the document among all documents of the task, from 0.</param>
/// <param name="Tokens">The tokens to be computed for it that no document before it has: about, and in the unit of the engine.</param>
/// <param name="Shared">
/// The tokens that are computed twice if the document and the one before it are computed by different runs.
/// </param>
public readonly record struct DocumentWork(long Document, long Tokens, long Shared);
