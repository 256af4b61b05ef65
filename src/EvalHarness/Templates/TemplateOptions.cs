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
        Undefined = UndefinedUse.Lenient,
        Values = ValueForms.Python,
        LargestRange = 100_000,
    };

    /// <summary>Whether the newline after a block or comment is removed.</summary>
    internal bool TrimBlocks { get; init; }

    /// <summary>Whether spaces between the start of a line and a block or comment are removed.</summary>
    internal bool LstripBlocks { get; init; }

    /// <summary>Whether the newline at the end of the template is kept.</summary>
    internal bool KeepTrailingNewline { get; init; } = true;

    internal UndefinedUse Undefined { get; init; } = UndefinedUse.Strict;

    internal ValueForms Values { get; init; } = ValueForms.Plain;

    /// <summary>The most numbers of one <c>range</c>.</summary>
    internal int LargestRange { get; init; } = 10_000_000;

    internal bool IsStrict => Undefined == UndefinedUse.Strict;

    internal bool IsChat => Values == ValueForms.Python;
}

/// <summary>What happens when an undefined value is used.</summary>
internal enum UndefinedUse
{
    /// <summary>Any use is an error, as with Jinja's StrictUndefined.</summary>
    Strict,

    /// <summary>It prints as nothing, has no items and is false. Its members and its use in arithmetic are errors.</summary>
    Lenient,
}

/// <summary>The values that expressions give.</summary>
internal enum ValueForms
{
    /// <summary>Lists, maps with string keys, texts and numbers, as in a row of a dataset. Tuples and generators are lists.</summary>
    Plain,

    /// <summary>
    /// Python's: tuples, ranges, generators, the views of a map and keys that are no strings are values of their own, and an attribute is
    /// a method before it is a member of a map.
    /// </summary>
    Python,
}
