using EvalHarness.Engines;
using EvalHarness.Results;

namespace EvalHarness.Analysis.Published.Ladder;

/// <summary>A document by its task and its number. The task is the measured run's, also where another one asks the same document.</summary>
internal readonly record struct LadderDocument(string Task, long Number);

/// <summary>What a run made of a document, as far as a ladder looks at it.</summary>
internal sealed record LadderRow
{
    /// <summary>The columns of a sample that this is made of.</summary>
    internal static readonly string[] Columns = ["doc_id", "scores", "finish_reasons", "completion_tokens", "error"];

    /// <summary>By "METRIC,FILTER". None for a document that errored.</summary>
    internal required IReadOnlyList<(string Key, double Value)> Scores { get; init; }

    /// <summary>Whether a completion ended at the limit of tokens.</summary>
    internal bool WasCut { get; init; }

    /// <summary>Whether a completion ended because the model's context was full.</summary>
    internal bool FilledContext { get; init; }

    /// <summary>The tokens of the longest completion; 0 where nothing was generated.</summary>
    internal long Tokens { get; init; }

    /// <summary>Why the document has no score; empty if it has one.</summary>
    internal string Error { get; init; } = "";

    /// <summary>Whether the document has no score because its prompt was too long.</summary>
    internal bool WasTooLong => Error.Contains(Response.PromptTooLong, StringComparison.Ordinal);

    /// <returns>Null where the document errored, or has no such score.</returns>
    internal double? Score(string key)
    {
        foreach ((string own, double value) in Scores)
        {
            if (own == key)
                return value;
        }

        return null;
    }

    internal static LadderRow Of(SampleRow sample, NumericScores numbers) => new()
    {
        Scores = [.. numbers.Of(sample)],
        WasCut = sample.FinishReasons.Contains("length"),
        FilledContext = sample.FinishReasons.Contains("context_full"),
        Tokens = sample.FinishReasons.Contains("scored") ? 0 : sample.CompletionTokens.DefaultIfEmpty(0).Max(),
        Error = sample.Error ?? "",
    };
}
