namespace EvalHarness.Results;

/// <summary>How long the completions of a task are, and how many of them a limit cut off.</summary>
/// <param name="Completions">Completions without an error.</param>
/// <param name="Tokens">Tokens of a completion on average, reasoning included.</param>
/// <param name="ReasoningTokens">Those of them that are reasoning, on average.</param>
/// <param name="AtLimit">Completions that ended at the token limit, or because the model's context was full.</param>
/// <param name="Unfinished">Completions whose reasoning did not end, so that they have no answer.</param>
/// <param name="Reasoned">Completions that were divided into reasoning and answer.</param>
/// <param name="Undivided">Completions with a known marker of reasoning in them that nothing divided.</param>
/// <param name="Withheld">Completions that a content filter of the server withheld, or that the model refused.</param>
/// <param name="Limit">The most tokens that the task lets a completion have.</param>
public sealed record GenerationFigures(
    int Completions,
    double Tokens,
    double ReasoningTokens,
    int AtLimit,
    int Unfinished,
    int Reasoned,
    int Undivided,
    int Withheld,
    int Limit);
