using System.Text.Json;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Results;

namespace EvalHarness.Running;

/// <summary>Makes the row of the samples that says all of a document.</summary>
internal static class AnsweredRow
{
    /// <summary>The columns that say what a document is asked, which are known before it is answered.</summary>
    internal static SampleRow Asked(PreparedDocument document)
    {
        bool shared = document.Requests.All(r => ReferenceEquals(r.Prompt, document.Prompt) || r.Context == document.Context);
        return new SampleRow
        {
            DocumentId = document.Id,
            Context = document.Prompt.Shown,
            Contexts = shared ? [] : [.. document.Requests.Select(r => r.Prompt.Shown)],
            MessagesSha256 = [.. Messages(document, shared)],
            Continuations = [.. document.Requests.OfType<LogLikelihoodRequest>().Select(r => r.Continuation)],
        };
    }

    /// <summary>
    /// The hashes of a document's conversations; none where no prompt is one. A text among conversations has an empty hash.
    /// </summary>
    private static IEnumerable<string> Messages(PreparedDocument document, bool shared)
    {
        IEnumerable<Prompt> prompts = shared ? [document.Prompt] : document.Requests.Select(r => r.Prompt);
        string?[] hashes = [.. prompts.Select(p => p.MessagesSha256())];
        return hashes.All(h => h is null) ? [] : hashes.Select(h => h ?? "");
    }

    internal static SampleRow Of(AnsweredDocument answered, GradedDocument graded)
    {
        (PreparedDocument document, IReadOnlyList<Response> responses) = answered;
        return Asked(document).WithTarget(document.Target) with
        {
            Document = document.Document.ToJson(),
            LogLikelihoods = [.. responses.Where(r => r.LogLikelihood is not null).Select(r => r.LogLikelihood!.Value)],
            IsGreedy = [.. responses.Where(r => r.IsGreedy is not null).Select(r => r.IsGreedy!.Value)],
            Completions = [.. responses.Where(r => r.Text is not null).Select(r => r.Text!)],
            Reasoning = responses.All(r => r.Reasoning is null) ? [] : [.. responses.Select(r => r.Reasoning ?? "")],
            ReasoningTokens = responses.All(r => r.ReasoningTokens == 0) ? [] : [.. responses.Select(r => (long)r.ReasoningTokens)],
            ReasoningUnfinished = responses.Any(r => r.IsReasoningUnfinished) ? [.. responses.Select(r => r.IsReasoningUnfinished)] : [],
            Answers = [.. graded.Answers.Select(a => new SampleAnswers(a.Key, a.Value))],
            Scores = [.. graded.Scores.Select(s => SampleScore.Of(s.Key.Metric, s.Key.Filter, s.Value))],
            PromptTokens = [.. responses.Select(r => (long)r.PromptTokens)],
            CachedTokens = responses.All(r => r.CachedTokens == 0) ? [] : [.. responses.Select(r => (long)r.CachedTokens)],
            TruncatedTokens = responses.All(r => r.TruncatedTokens == 0) ? [] : [.. responses.Select(r => (long)r.TruncatedTokens)],
            CompletionTokens = [.. responses.Select(r => (long)r.CompletionTokens)],
            TokenLogProbabilities = responses.All(r => r.TokenLogProbabilities.Count == 0)
                ? []
                : [.. responses.Select(r => r.TokenLogProbabilities)],
            FinishReasons = [.. responses.Select(r => FinishReasons[(int)r.FinishReason])],
            Milliseconds = Math.Round(responses.Sum(r => r.Milliseconds), 3),
            Verdicts = graded.Verdicts,
            Detail = graded.Details.Count == 0 ? null : string.Join("; ", graded.Details),
            Error = graded.Error,
        };
    }

    private static readonly string[] FinishReasons =
        [.. Enum.GetNames<FinishReason>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];
}
