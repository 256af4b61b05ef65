using System.Runtime.InteropServices;
using System.Text;

namespace EvalHarness.Engines;

/// <summary>What lines without an index have in common.</summary>
/// <param name="Task">The task that they name, or null.</param>
/// <param name="Document">The document that they name, or null.</param>
/// <param name="Hash">The hash of the prompt's text, or of its messages.</param>
/// <param name="Continuation">Null for responses; empty for the log-likelihood of a whole text.</param>
internal readonly record struct PromptScope(string? Task, long? Document, string Hash, string? Continuation)
{
    /// <summary>Which of a task and a document the scope has, for quick answers to whether any line is like it.</summary>
    public int Kind => (Task is null ? 0 : 1) | (Document is null ? 0 : 2);

    /// <summary>What the scope is found by.</summary>
    public PromptId Id()
    {
        var text = new StringBuilder();
        foreach (string? part in (string?[])[Task, Hash, Continuation])
            text.Append(part?.Length ?? -1).Append(' ').Append(part);
        text.Append(Document ?? -1);
        return PromptId.Of(MemoryMarshal.AsBytes(text.ToString().AsSpan()), Kind == 3);
    }
}
