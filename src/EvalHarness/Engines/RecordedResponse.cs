using EvalHarness.Prompts;

namespace EvalHarness.Engines;

/// <summary>Makes a response of a recorded line.</summary>
internal static class RecordedResponse
{
    /// <param name="request">What was asked.</param>
    /// <param name="answer">A line that answers it.</param>
    /// <param name="markers">What divides texts into reasoning and answer, where the recording has not done so; null for nothing.</param>
    internal static Response Of(Request request, RecordedAnswer answer, ReasoningMarkers? markers)
    {
        if (answer.Error is { } error)
            return Response.Failed(request.Key, error);
        var counted = new Response
        {
            Key = request.Key,
            FinishReason = FinishReason.Scored,
            PromptTokens = answer.PromptTokens,
            CachedTokens = answer.CachedTokens,
            CompletionTokens = answer.CompletionTokens,
        };
        if (answer.Response is not { } text)
        {
            // The rolling log-likelihood of a whole text is recorded without is_greedy.
            return counted with
            {
                LogLikelihood = answer.LogLikelihood,
                IsGreedy = answer.IsGreedy ?? false,
            };
        }

        FinishReason reason = ReasonOf(answer);
        Response response = counted with
        {
            FinishReason = reason,
            Text = text,
            Reasoning = answer.Reasoning,
            ReasoningTokens = answer.ReasoningTokens,
            IsReasoningUnfinished = answer.ReasoningUnfinished,
        };
        return markers is null || response.Reasoning is not null || request is not GenerateRequest generate
            ? response
            : Divide(response, markers, generate, isCut: reason is FinishReason.Length or FinishReason.ContextFull);
    }

    private static Response Divide(Response response, ReasoningMarkers markers, GenerateRequest request, bool isCut)
    {
        ReasonedText divided = markers.Divide(response.Text!, markers.IsOpenAfter(request.Context), isCut);
        return response with
        {
            Text = new StopStrings(request.Options.Until).Cut(divided.Text).Text,
            Reasoning = divided.Reasoning,
            IsReasoningUnfinished = divided.IsUnfinished,
        };
    }

    /// <summary>Recordings of other programs may say nothing, or use words that mean nothing here.</summary>
    private static FinishReason ReasonOf(RecordedAnswer answer)
    {
        string word = answer.FinishReason?.Replace("_", "") ?? "";
        return Enum.TryParse(word, ignoreCase: true, out FinishReason reason)
            && reason is FinishReason.EndOfText or FinishReason.Length or FinishReason.ContextFull
                or FinishReason.ContentFilter or FinishReason.Refusal
            ? reason
            : FinishReason.Stop;
    }
}
