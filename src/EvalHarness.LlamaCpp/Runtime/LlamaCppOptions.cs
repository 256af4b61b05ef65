using EvalHarness.Tokens;

namespace EvalHarness.LlamaCpp.Runtime;

/// <summary>How a GGUF model is loaded and run.</summary>
internal sealed record LlamaCppOptions
{
    /// <summary>The number of threads; null for one per core.</summary>
    public int? Threads { get; init; }

    /// <summary>
    /// The most tokens that a prompt and its completion may have together; null for the context that the model was trained for.
    /// </summary>
    public int? MaxLength { get; init; }

    /// <summary>Whether a prefix that several prompts share is computed once.</summary>
    public bool PrefixReuse { get; init; } = true;

    /// <summary>Whether a prompt that is too long loses its beginning. If not, its request fails.</summary>
    public bool TruncateLeft { get; init; }

    /// <summary>Whether every prompt begins with the beginning-of-text token; null for what the file says.</summary>
    public bool? AddBosToken { get; init; }

    /// <summary>
    /// What ends the reasoning in completions: a text, the id of a token, or "none"; null for what the tokenizer has.
    /// </summary>
    public string? ThinkEndToken { get; init; }

    /// <summary>The name of one of the file's chat templates; null for its default one.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>The variables of the chat template, and the day that it sees as today.</summary>
    public ConversationOptions Conversations { get; init; } = new();

    /// <summary>Receives one line of text for what the user should know.</summary>
    public Action<string> Announce { get; init; } = _ => { };
}
