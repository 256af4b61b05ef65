namespace EvalHarness.Engines;

/// <summary>
/// What an engine knows of its model besides what decides answers, for programs that read result files. A property is null where the
/// engine does not know.
/// </summary>
public sealed record ModelDetails
{
    /// <summary>ORG/NAME on the hub; null for a model of which only a folder or a file is known.</summary>
    public string? Id { get; init; }

    /// <summary>The branch, tag or commit that was asked for; null without an <see cref="Id"/>.</summary>
    public string? Revision { get; init; }

    /// <summary>The commit that the files are of, 40 hexadecimal digits; null without an <see cref="Id"/>.</summary>
    public string? Commit { get; init; }

    /// <summary>How most parameters are stored: "float32", "float16", "int4", or the name that a GGUF file has for its mixture.</summary>
    public string? DataType { get; init; }

    /// <summary>The number of parameters. A matrix that the model stores twice counts twice.</summary>
    public long? Parameters { get; init; }

    /// <summary>The most tokens that a prompt and its completion may have together.</summary>
    public int? MaxLength { get; init; }

    public SpecialToken? Padding { get; init; }

    /// <summary>The first of the model's end-of-text tokens.</summary>
    public SpecialToken? EndOfText { get; init; }

    public SpecialToken? BeginOfText { get; init; }

    /// <summary>The text of the chat template that conversations are written in; null where the model has none.</summary>
    public string? ChatTemplate { get; init; }
}

/// <param name="Id">The id of the token.</param>
/// <param name="Text">What the tokenizer makes of it; null where it makes nothing.</param>
public sealed record SpecialToken(int Id, string? Text);
