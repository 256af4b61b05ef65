using EvalHarness.Prompts;

namespace EvalHarness.Engines;

/// <summary>What a prompt can be recognized by.</summary>
/// <param name="Context">The hash of its text; null for a conversation that is not rendered.</param>
/// <param name="Messages">The hash of its turns; null for a prompt that is a text.</param>
internal sealed record PromptHashes(string? Context, string? Messages)
{
    public static PromptHashes Of(Prompt prompt) =>
        new(prompt.IsRendered ? RecordedAnswer.Hash(prompt.Text) : null, prompt.MessagesSha256());

    public IEnumerable<string> Known => ((string?[])[Messages, Context]).OfType<string>();

    /// <summary>Whether the line was recorded for this prompt.</summary>
    public bool Fit(RecordedAnswer answer) =>
        (Messages is not null && Messages == answer.MessagesSha256) || (Context is not null && Context == answer.ContextSha256);

    /// <summary>What tells the prompt from others, for messages.</summary>
    public string Full => Messages is null ? $"context_sha256 {Context}" : $"messages_sha256 {Messages}";

    /// <summary>As <see cref="Full"/>, with the first digits of the hash.</summary>
    public override string ToString() => Messages is null ? $"context_sha256 {Short(Context)}" : $"messages_sha256 {Short(Messages)}";

    /// <summary>The first digits of a hash, or that there is none.</summary>
    public static string Short(string? hash) => hash is null ? "missing" : $"{hash[..Math.Min(16, hash.Length)]}...";
}
