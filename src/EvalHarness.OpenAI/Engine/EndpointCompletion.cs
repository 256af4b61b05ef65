using EvalHarness.Engines;
using EvalHarness.Prompts;

namespace EvalHarness.OpenAI.Engine;

/// <summary>Makes of what a server wrote what the task asked for.</summary>
internal static class EndpointCompletion
{
    /// <summary>
    /// Divides reasoning and answer where the server left both in one text, and cuts the answer at the task's stop strings, of which a
    /// server takes a few at most.
    /// </summary>
    internal static Response Cut(Response response, GenerateRequest request, ReasoningMarkers? markers)
    {
        bool isCut = response.FinishReason is FinishReason.Length or FinishReason.ContextFull;
        string text = response.Text!;
        if (markers is not null && response.Reasoning is null)
        {
            bool? isOpen = request.Prompt.IsRendered ? markers.IsOpenAfter(request.Context) : null;
            ReasonedText divided = markers.Divide(text, isOpen, isCut);
            (text, response) = (divided.Text, response with
            {
                Reasoning = divided.Reasoning,
                IsReasoningUnfinished = divided.IsUnfinished,
            });
        }
        else if (response is { Reasoning: not null, Text.Length: 0 } && isCut)
        {
            // The server keeps the reasoning apart, and there is nothing but reasoning.
            response = response with { IsReasoningUnfinished = true };
        }

        (string cut, bool stopped) = new StopStrings(request.Options.Until).Cut(text);
        return response with
        {
            Text = cut,
            FinishReason = stopped && !response.IsReasoningUnfinished && response.FinishReason is FinishReason.EndOfText or FinishReason.Length
                ? FinishReason.Stop
                : response.FinishReason,
        };
    }
}
