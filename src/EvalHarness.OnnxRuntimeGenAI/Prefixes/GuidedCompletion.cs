using System.Diagnostics;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Tokens;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Prefixes;

/// <summary>Completes a prompt by the runtime's own steps, which keep the text to the form of a JSON schema.</summary>
internal static class GuidedCompletion
{
    /// <param name="model">The model.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="prompted">Gives a session with guidance, to which the end of the prompt was appended last.</param>
    /// <param name="cancellationToken">Checked before each token.</param>
    /// <returns>
    /// The response, without the time that it took. If the runtime fails, the response says so, and the session must not be used again.
    /// </returns>
    internal static Response Of(
        LoadedModel model, EncodedRequest request, Func<ModelSession> prompted, CancellationToken cancellationToken)
    {
        int[] prompt = request.Sequence.Tokens.ToArray();
        // The runtime would choose the first token by the logits of the token before the padding.
        if (prompt[^1] == model.Config.PadId)
        {
            return Failed(
                request, "the prompt ends with the padding token, behind which the runtime keeps no answer to a JSON schema");
        }

        using var completion = new Completion(request, model.Tokenizer, model.Config.EndOfTextIds, model.Window);
        try
        {
            ModelSession session = prompted();
            int token;
            do
            {
                cancellationToken.ThrowIfCancellationRequested();
                long start = Stopwatch.GetTimestamp();
                token = session.Step();
                model.Work.CountDecode(1, Stopwatch.GetElapsedTime(start));
            }
            while (completion.Add(token));
            return completion.ToResponse(milliseconds: 0);
        }
        catch (Exception e) when (e is OnnxRuntimeGenAIException or ModelSessionException)
        {
            return Failed(request, $"the runtime failed: {EvalException.OneLine(e.Message)}");
        }
    }

    private static Response Failed(EncodedRequest request, string error) => Response.Failed(request.Key, error, request.PromptTokens);
}
