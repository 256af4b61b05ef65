using EvalHarness.Engines;
using EvalHarness.OpenAI.Api;
using EvalHarness.Prompts;

namespace EvalHarness.OpenAI.Engine;

/// <summary>Makes a response of what a server generated.</summary>
internal sealed class GenerationAnswer
{
    private readonly ReasoningMarkers? _markers;

    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: <c>--think-end-token</c> is no text.</exception>
    internal GenerationAnswer(EndpointOptions options, OpenedEndpoint opened) => _markers = opened.Tokens?.Local is { } tokenizer
        ? tokenizer.Reasoning
        : ReasoningMarkers.WithoutTokenizer(options.ThinkEndToken);

    /// <summary>Whether the server found a stop string in the reasoning, so that there is no answer.</summary>
    internal static bool IsCutInReasoning(EndpointAnswer answer) =>
        answer is { Reasoning: not null, End: null or FinishReason.Stop, Refusal: null }
        && string.IsNullOrWhiteSpace(answer.Text);

    /// <summary>The response to a prompt that a filter of the server refuses.</summary>
    internal static Response Filtered(GenerateRequest request, double milliseconds) => new()
    {
        Key = request.Key,
        FinishReason = FinishReason.ContentFilter,
        Text = "",
        Milliseconds = milliseconds,
    };

    /// <param name="prompt">What was asked.</param>
    /// <param name="answer">What came back.</param>
    /// <param name="sentStops">Whether the server had the stop strings.</param>
    /// <param name="milliseconds">From the question to the answer.</param>
    internal Response ToResponse(GenerationPrompt prompt, EndpointAnswer answer, bool sentStops, double milliseconds)
    {
        var response = new Response
        {
            Key = prompt.Request.Key,
            FinishReason = answer.End ?? (sentStops ? FinishReason.Stop : FinishReason.EndOfText),
            PromptTokens = answer.Usage?.Prompt ?? prompt.Tokens ?? 0,
            CachedTokens = answer.Usage?.Cached ?? 0,
            CompletionTokens = answer.Usage?.Completion ?? 0,
            ReasoningTokens = answer.Usage?.Reasoning ?? 0,
            Milliseconds = milliseconds,
        };
        if (answer.Refusal is { } refusal)
            return response with { FinishReason = FinishReason.Refusal, Text = refusal, Reasoning = answer.Reasoning };
        bool isCut = response.FinishReason == FinishReason.Length;
        if (isCut && prompt.IsNarrow)
            response = response with { FinishReason = FinishReason.ContextFull };
        ReasonedText whole = Divide(prompt.Request, answer, isCut);
        bool isBeginning = response.FinishReason is not (FinishReason.Stop or FinishReason.EndOfText);
        if (AnswerSchema.Problem(prompt.Request.Options, whole.Text, isBeginning) is { } problem)
            return response with { FinishReason = FinishReason.Error, Error = problem };
        // A server may end an answer behind a stop string, or not take all of them.
        (string text, bool stopped) = new StopStrings(prompt.Request.Options.Until).Cut(whole.Text);
        return response with
        {
            FinishReason = stopped && !whole.IsUnfinished ? FinishReason.Stop : response.FinishReason,
            Text = text,
            Reasoning = whole.Reasoning,
            IsReasoningUnfinished = whole.IsUnfinished,
        };
    }

    private ReasonedText Divide(GenerateRequest request, EndpointAnswer answer, bool isCut)
    {
        if (answer.Reasoning is { } reasoning)
            return new ReasonedText(ReasoningMarkers.WithoutSpace(answer.Text), reasoning, isCut && string.IsNullOrWhiteSpace(answer.Text));
        return _markers?.Divide(answer.Text, request.Prompt.IsRendered ? _markers.IsOpenAfter(request.Context) : null, isCut)
            ?? new ReasonedText(answer.Text, Reasoning: null, IsUnfinished: false);
    }
}
