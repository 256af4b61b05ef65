namespace EvalHarness.Templates;

/// <summary>The differences between the environments in which templates are rendered.</summary>
internal sealed record TemplateOptions
{
    /// <summary>Task templates, as lm-evaluation-harness renders them, with its filter <c>regex_replace</c>.</summary>
    internal static TemplateOptions Task { get; } = new();

    /// <summary>
    /// Chat templates, as transformers renders them in <c>apply_chat_template</c>: in Jinja's immutable sandbox, with loop controls and
    /// <c>generation</c> blocks.
    /// </summary>
    internal static TemplateOptions Chat { get; } = new()
    {
        TrimBlocks = true,
        LstripBlocks = true,
        KeepTrailingNewline = false,
        IsStrict = false,
        IsChat = true,
        LargestRange = 100_000,
    };

    /// <summary>Whether the newline after a block or comment is removed.</summary>
    internal bool TrimBlocks { get; init; }

    /// <summary>Whether spaces between the start of a line and a block or comment are removed.</summary>
    internal bool LstripBlocks { get; init; }

    /// <summary>Whether the newline at the end of the template is kept.</summary>
    internal bool KeepTrailingNewline { get; init; } = true;

    /// <summary>Whether the use of an undefined value is an error, as with Jinja's StrictUndefined.</summary>
    internal bool IsStrict { get; init; } = true;

    /// <summary>
    /// Whether templates are those of conversations: in the sandbox, with loop controls, with transformers' filter <c>tojson</c> and
    /// without lm-evaluation-harness's <c>regex_replace</c>.
    /// </summary>
    internal bool IsChat { get; init; }

    /// <summary>The most numbers of one <c>range</c>.</summary>
    internal int LargestRange { get; init; } = 10_000_000;
}
