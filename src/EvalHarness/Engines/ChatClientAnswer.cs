using EvalHarness.Prompts;
using Microsoft.Extensions.AI;
using ChatFinishReason = Microsoft.Extensions.AI.ChatFinishReason;

namespace EvalHarness.Engines;

/// <summary>What a chat client answered.</summary>
/// <param name="response">The client's own response.</param>
/// <param name="sentStops">Whether the client had the stop strings.</param>
internal sealed class ChatClientAnswer(ChatResponse response, bool sentStops)
{
    /// <summary>How clients mark a message that refuses.</summary>
    private const string Refused = "refusal";

    private readonly AIContent[] _contents = [.. response.Messages.SelectMany(m => m.Contents)];

    private string? Reasoning =>
        string.Concat(_contents.OfType<TextReasoningContent>().Select(c => c.Text)) is { Length: > 0 } text ? text : null;

    private bool IsCut => response.FinishReason == ChatFinishReason.Length;

    /// <summary>Whether a stop string was found in the reasoning, so that there is no answer.</summary>
    internal bool IsCutInReasoning => sentStops
        && Reasoning is not null
        && string.IsNullOrWhiteSpace(response.Text)
        && !_contents.OfType<ErrorContent>().Any()
        && (response.FinishReason is null || response.FinishReason == ChatFinishReason.Stop);

    /// <param name="request">What was asked.</param>
    /// <param name="markers">What ends the reasoning in texts; null for texts that stay whole.</param>
    /// <param name="milliseconds">From the question to the answer.</param>
    internal Response ToResponse(GenerateRequest request, ReasoningMarkers? markers, double milliseconds)
    {
        int prompt = Count(response.Usage?.InputTokenCount);
        var answer = new Response
        {
            Key = request.Key,
            FinishReason = End(),
            PromptTokens = prompt,
            CachedTokens = Math.Min(prompt, Count(response.Usage?.CachedInputTokenCount)),
            CompletionTokens = Count(response.Usage?.OutputTokenCount),
            ReasoningTokens = Count(response.Usage?.ReasoningTokenCount),
            Milliseconds = milliseconds,
        };
        if (_contents.OfType<ErrorContent>().FirstOrDefault() is { } error)
        {
            return string.Equals(error.ErrorCode, Refused, StringComparison.OrdinalIgnoreCase)
                ? answer with { FinishReason = FinishReason.Refusal, Text = error.Message, Reasoning = Reasoning }
                : Failed(answer, $"the client answers with an error: {EvalException.OneLine(error.Message)}");
        }

        bool isWhole = answer.FinishReason is FinishReason.Stop or FinishReason.EndOfText;
        if (isWhole && response.Text.Length == 0 && _contents.OfType<FunctionCallContent>().Any())
            return Failed(answer, "the model called a tool, and none was given; the answer has no text");
        if (isWhole && response.Messages.Count == 0)
            return Failed(answer, "the answer has no message");
        ReasonedText divided = Divide(request, markers);
        if (AnswerSchema.Problem(request.Options, divided.Text, isCut: !isWhole) is { } problem)
            return Failed(answer, problem);
        // A client may end an answer behind a stop string, or not take all of them.
        (string text, bool stopped) = new StopStrings(request.Options.Until).Cut(divided.Text);
        return answer with
        {
            FinishReason = stopped && !divided.IsUnfinished ? FinishReason.Stop : answer.FinishReason,
            Text = text,
            Reasoning = divided.Reasoning,
            IsReasoningUnfinished = divided.IsUnfinished,
        };
    }

    /// <summary>The tokens were generated, and may have been paid for.</summary>
    private static Response Failed(Response answer, string error) => answer with { FinishReason = FinishReason.Error, Error = error };

    /// <summary>A stop is a stop string or the end of the text; no client tells which.</summary>
    private FinishReason End() => IsCut ? FinishReason.Length
        : response.FinishReason == ChatFinishReason.ContentFilter ? FinishReason.ContentFilter
        : sentStops ? FinishReason.Stop
        : FinishReason.EndOfText;

    private ReasonedText Divide(GenerateRequest request, ReasoningMarkers? markers)
    {
        if (Reasoning is { } reasoning)
        {
            string text = ReasoningMarkers.WithoutSpace(response.Text);
            return new ReasonedText(text, reasoning, IsCut && string.IsNullOrWhiteSpace(text));
        }

        return markers?.Divide(response.Text, request.Prompt.IsRendered ? markers.IsOpenAfter(request.Context) : null, IsCut)
            ?? new ReasonedText(response.Text, Reasoning: null, IsUnfinished: false);
    }

    private static int Count(long? tokens) => (int)Math.Clamp(tokens ?? 0, 0, int.MaxValue);
}
