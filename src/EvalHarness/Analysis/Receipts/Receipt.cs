using System.ComponentModel;
using EvalHarness.Analysis.Comparing;

namespace EvalHarness.Analysis.Receipts;

/// <summary>What changes of a model did, such as a quantization: candidates against a base, from their finished runs.</summary>
internal sealed record Receipt
{
    internal const int CurrentFormatVersion = 1;

    [Description("Version of this format; a later one may have other keys")]
    public required int FormatVersion { get; init; }

    [Description("Version of EvalHarness that made the receipt")]
    public required string ToolVersion { get; init; }

    public required ReceiptRun Base { get; init; }

    [Description("The tokens at which distributions were compared; absent where none could be")]
    public ReceiptFrozen? Frozen { get; init; }

    public required IReadOnlyList<ReceiptCandidate> Candidates { get; init; }

    [Description("How the figures were made, a sentence each")]
    public required IReadOnlyList<string> Notes { get; init; }

    [Description("All that another run of the same models changes; everything else in the file is then the same")]
    public required ReceiptMeasured Measured { get; init; }
}

/// <summary>The tokens at which all candidates are compared with the base.</summary>
internal sealed record ReceiptFrozen
{
    [Description("The most documents of a task that were taken: its first ones that the base answered")]
    public required int DocumentsPerTask { get; init; }

    [Description("SHA-256 over a line for each document: task, number, place of the answer's first token, token ids; tabs between them, "
        + "spaces between the ids, a line feed at the end")]
    public required string Sha256 { get; init; }

    public required IReadOnlyList<ReceiptFrozenTask> Tasks { get; init; }

    internal static ReceiptFrozen Of(FrozenTokens tokens, int documents) => new()
    {
        DocumentsPerTask = documents,
        Sha256 = tokens.Sha256(),
        Tasks =
        [
            .. tokens.Tasks.Select(t => new ReceiptFrozenTask
            {
                Task = t.Task,
                Documents = t.Sequences.Count,
                Tokens = t.Sequences.Sum(s => s.Tokens.Length),
                AnswerTokens = t.Sequences.Sum(s => s.Tokens.Length - s.AnswerFrom),
                Unreadable = t.Unreadable,
            }),
        ],
    };
}

/// <summary>The frozen tokens of a task.</summary>
internal sealed record ReceiptFrozenTask
{
    public required string Task { get; init; }

    [Description("Documents")]
    public required int Documents { get; init; }

    [Description("Their tokens, a beginning that several share counted each time")]
    public required int Tokens { get; init; }

    [Description("Those of them that the base answered")]
    public required int AnswerTokens { get; init; }

    [Description("Documents left out, because the tokenizer has no tokens for them, or fewer than two")]
    public required int Unreadable { get; init; }
}

/// <summary>A candidate against the base.</summary>
internal sealed record ReceiptCandidate
{
    public required ReceiptRun Run { get; init; }

    [Description("Distributions at the frozen tokens; absent where they could not be compared")]
    public ReceiptDivergence? Divergence { get; init; }

    [Description("Why there is none; absent where there is")]
    public string? WhyNoDivergence { get; init; }

    [Description("Groups, each followed by its tasks; scores that are no mean over samples are left out")]
    public required IReadOnlyList<ReceiptScore> Scores { get; init; }

    [Description("Length of completions, by task; tasks that generate nothing are left out")]
    public required IReadOnlyList<ReceiptGrowth> Generation { get; init; }

    [Description("Tasks that asked both the same conversations, which their chat templates write differently")]
    public required IReadOnlyList<string> OtherTemplates { get; init; }

    [Description("Tasks of only one of the two runs")]
    public required IReadOnlyList<string> OnlyInOne { get; init; }

    /// <summary>All but the divergence.</summary>
    internal static ReceiptCandidate Of(ReceiptRun run, Comparison comparison, IReadOnlyList<ReceiptGrowth> generation) => new()
    {
        Run = run,
        Scores = [.. comparison.Scores.Select(ReceiptScore.Of)],
        Generation = generation,
        OtherTemplates = comparison.OtherTemplates,
        OnlyInOne = comparison.OnlyInOne,
    };
}
