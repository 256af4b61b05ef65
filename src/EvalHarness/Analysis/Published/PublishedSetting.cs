using System.Globalization;

namespace EvalHarness.Analysis.Published;

internal enum ScoreAverage
{
    /// <summary>Each question counts the same.</summary>
    Micro,

    /// <summary>Each subject counts the same.</summary>
    Macro,
}

/// <summary>
/// How a score was made: what a source says of it, with null for what it leaves open, or what a protocol does, with null for what does
/// not apply to it.
/// </summary>
internal sealed record PublishedSetting
{
    public int? Shots { get; init; }

    /// <summary>Where the examples come from.</summary>
    public string? Examples { get; init; }

    /// <summary>With a chat template: whether each shot is a turn of its own.</summary>
    public bool? ShotsAsTurns { get; init; }

    public bool? ChainOfThought { get; init; }

    /// <summary>"letters" by log-likelihood, "text" by log-likelihood, or "generated".</summary>
    public string? Answer { get; init; }

    public bool? ChatTemplate { get; init; }

    /// <summary>"none" where there is none.</summary>
    public string? SystemPrompt { get; init; }

    /// <summary>Whose wording asks the question.</summary>
    public string? Prompt { get; init; }

    /// <summary>Whether a beginning-of-text token is put before the prompt, whatever the tokenizer does by itself.</summary>
    public bool? BeginningOfText { get; init; }

    public int? MaxTokens { get; init; }

    /// <summary>"greedy", or the temperature and the number of answers of each question.</summary>
    public string? Sampling { get; init; }

    public ScoreAverage? Average { get; init; }

    /// <summary>How the answer is found in the completion: "strict" in the form that was asked for, "flexible", or in words.</summary>
    public string? Match { get; init; }

    /// <summary>Each setting by name, in words; null for what the source leaves open.</summary>
    public IEnumerable<(string Name, string? Value)> Items() =>
    [
        ("shots", Number(Shots)),
        ("examples", Examples),
        ("shots as turns", Word(ShotsAsTurns, "yes", "no")),
        ("chain of thought", Word(ChainOfThought, "yes", "no")),
        ("answer", Answer),
        ("chat template", Word(ChatTemplate, "applied", "not applied")),
        ("system prompt", SystemPrompt),
        ("prompt", Prompt),
        ("beginning-of-text token", Word(BeginningOfText, "put before", "not put before")),
        ("maximum tokens", Number(MaxTokens)),
        ("sampling", Sampling),
        ("average", Average?.ToString().ToLowerInvariant()),
        ("match", Match),
    ];

    public override string ToString()
    {
        string text = string.Join(", ", Items().Where(i => i.Value is not null).Select(i => $"{i.Name} {i.Value}"));
        return text.Length > 0 ? text : "not told";
    }

    private static string? Number(int? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static string? Word(bool? value, string yes, string no) => value switch
    {
        true => yes,
        false => no,
        null => null,
    };
}
