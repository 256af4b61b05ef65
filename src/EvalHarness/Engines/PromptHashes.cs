using EvalHarness.Prompts;

namespace EvalHarness.Engines;

/// <summary>What a prompt can be recognized by.</summary>
internal sealed class PromptHashes
{
    private readonly Lazy<string?> _context, _messages;

    private PromptHashes(Prompt asked, Prompt rendered)
    {
        Asked = asked;
        _context = new Lazy<string?>(() => rendered.IsRendered ? RecordedAnswer.Hash(rendered.Text) : null);
        _messages = new Lazy<string?>(rendered.MessagesSha256);
    }

    /// <summary>The prompt as the request has it.</summary>
    public Prompt Asked { get; }

    /// <summary>The hash of the prompt's text; null for a conversation that is not rendered.</summary>
    public string? Context => _context.Value;

    /// <summary>The hash of the prompt's turns; null for a prompt that is a text.</summary>
    public string? Messages => _messages.Value;

    /// <summary>The hashes of a prompt, each computed when it is asked for.</summary>
    /// <param name="asked">The prompt as the request has it.</param>
    /// <param name="rendered">The same prompt, rendered where its text is known.</param>
    public static PromptHashes Of(Prompt asked, Prompt rendered) => new(asked, rendered);

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
