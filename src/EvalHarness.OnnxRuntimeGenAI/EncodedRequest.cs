using EvalHarness.Engines;
using EvalHarness.Planning;
using EvalHarness.Prompts;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>A request as token ids.</summary>
/// <param name="Request">The request.</param>
/// <param name="PromptTokens">Tokens of the context with its prefix.</param>
/// <param name="Sequence">What is fed: the context and all of a continuation but its last token, or the prompt.</param>
/// <param name="Continuation">Tokens to score; empty for completions.</param>
internal sealed record EncodedRequest(Request Request, int PromptTokens, PlannedSequence Sequence, int[] Continuation)
{
    /// <summary>Encodes a task's requests; those that cannot be answered become failed responses.</summary>
    /// <param name="requests">Requests of one document stand together.</param>
    /// <param name="tokenizer">The worker's own.</param>
    /// <param name="window">Tokens that the model may see.</param>
    internal static (List<EncodedRequest> Encoded, List<Response> Failed) Encode(IReadOnlyList<Request> requests, ModelTokenizer tokenizer, int window)
    {
        var encoded = new List<EncodedRequest>(requests.Count);
        var failed = new List<Response>();
        foreach (Request request in requests)
        {
            try
            {
                EncodedRequest one = request is LogLikelihoodRequest likelihood ? Encode(likelihood, tokenizer) : Encode((GenerateRequest)request, tokenizer);
                // A completion needs room for one token at least.
                int room = request is GenerateRequest ? window - 1 : window;
                if (one.Continuation.Length == 0 && request is LogLikelihoodRequest)
                    failed.Add(Response.Failed(request.Key, "the continuation adds no token to the context", one.PromptTokens));
                else if (one.Sequence.Tokens.Length > room)
                    failed.Add(Response.Failed(request.Key, $"prompt too long: {one.Sequence.Tokens.Length} tokens, the model's context holds {window}; use fewer shots or a larger --max-length", one.PromptTokens));
                else
                    encoded.Add(one);
            }
            catch (UnencodableTextException e)
            {
                failed.Add(Response.Failed(request.Key, e.Message));
            }
        }

        return (encoded, failed);
    }

    private static EncodedRequest Encode(LogLikelihoodRequest request, ModelTokenizer tokenizer)
    {
        (int[] context, int[] continuation) = tokenizer.EncodePair(request.Context, request.Continuation);
        int[] fed = continuation.Length == 0 ? context : [.. context, .. continuation[..^1]];
        return new EncodedRequest(request, context.Length, new PlannedSequence(fed, context.Length - 1), continuation);
    }

    private static EncodedRequest Encode(GenerateRequest request, ModelTokenizer tokenizer)
    {
        int[] prompt = tokenizer.EncodePrompt(request.Context);
        return new EncodedRequest(request, prompt.Length, new PlannedSequence(prompt, prompt.Length - 1), []);
    }

    /// <summary>Tokens that the key-value cache needs for this request.</summary>
    internal int Capacity(int window) => Request is GenerateRequest generate
        ? Math.Min(window, Sequence.Tokens.Length + generate.Options.MaxTokens)
        : Sequence.Tokens.Length;
}
