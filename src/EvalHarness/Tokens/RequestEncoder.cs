using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tokens;

/// <summary>
/// Turns requests into tokens. A text that is scored as a whole becomes windows. A prompt that is too long loses its beginning if that is
/// allowed.
/// </summary>
/// <param name="tokenizer">The model's tokenizer. Other threads may encode with it at the same time.</param>
/// <param name="window">The most tokens that the model may see at once.</param>
/// <param name="truncateLeft">
/// Whether a prompt that is too long loses its beginning, as in lm-evaluation-harness's Hugging Face backend. If not, it fails.
/// </param>
/// <param name="reasoning">What a completion's prompt may end with; null where it does not matter.</param>
internal sealed class RequestEncoder(ModelTokenizer tokenizer, int window, bool truncateLeft, ReasoningMarkers? reasoning = null)
{
    private readonly PairEncoder _pairs = new(tokenizer);

    /// <summary>A context that is longer than the window, and its end.</summary>
    private (int[] Whole, int[] End) _long = ([], []);

    internal List<EncodedRequest> Encoded { get; } = [];

    /// <summary>Responses that need no model: to requests that cannot be answered, and to texts that have no tokens.</summary>
    internal List<Response> Answered { get; } = [];

    /// <param name="requests">The requests to encode, in which those of one document are neighbours.</param>
    internal void Add(IReadOnlyList<Request> requests)
    {
        foreach (Request request in requests)
        {
            try
            {
                switch (request)
                {
                    case RollingLogLikelihoodRequest rolling:
                        AddWindows(rolling);
                        break;
                    case LogLikelihoodRequest likelihood:
                        Add(likelihood);
                        break;
                    default:
                        Add((GenerateRequest)request);
                        break;
                }
            }
            catch (UnencodableTextException e)
            {
                Answered.Add(Response.Failed(request.Key, e.Message));
            }
        }
    }

    private void Add(LogLikelihoodRequest request)
    {
        (int[] context, int[] continuation) = _pairs.Encode(request.Context, request.Continuation);
        int excess = context.Length + continuation.Length - 1 - window;
        if (continuation.Length == 0)
            Answered.Add(Response.Failed(request.Key, "the continuation adds no token to the context", context.Length));
        else if (continuation.Length > window)
            Answered.Add(Response.Failed(
                request.Key,
                $"continuation too long: {continuation.Length} tokens, the model's context holds {window}",
                context.Length));
        else if (excess > 0 && !truncateLeft)
            Answered.Add(TooLong(request.Key, context.Length + continuation.Length - 1, context.Length));
        else
            Encoded.Add(Scored(request.Key, context, continuation, Math.Max(0, excess)));
    }

    private void Add(GenerateRequest request)
    {
        int[] prompt = tokenizer.EncodePrompt(request.Context);
        // Like lm-evaluation-harness, cutting leaves room for max_gen_toks tokens. Without cutting, room for one token is enough to begin.
        int room = truncateLeft ? window - request.Options.MaxTokens : window - 1;
        if (room < 1)
            Answered.Add(Response.Failed(
                request.Key,
                $"no room for a prompt: max_gen_toks is {request.Options.MaxTokens}, the model's context holds {window}; "
                + "use a larger --max-length",
                prompt.Length));
        else if (prompt.Length > room && !truncateLeft)
            Answered.Add(TooLong(request.Key, prompt.Length, prompt.Length));
        else
            Encoded.Add(EncodedRequest.Generated(request, prompt, reasoning, Math.Max(0, prompt.Length - room)));
    }

    /// <summary>As <see cref="EncodedRequest.Scored"/>. Of a context that is too long, the end is held, once for all choices.</summary>
    private EncodedRequest Scored(RequestKey key, int[] context, int[] continuation, int cut)
    {
        int left = context.Length - window;
        if (left <= 0)
            return EncodedRequest.Scored(key, context, continuation, cut);
        if (!ReferenceEquals(_long.Whole, context))
            _long = (context, context[left..]);
        return EncodedRequest.Scored(key, _long.End, continuation, cut - left) with { PromptTokens = context.Length, Truncated = cut };
    }

    private Response TooLong(RequestKey key, int tokens, int promptTokens) => Response.Failed(
        key,
        $"{Response.PromptTooLong}: {tokens} tokens, the model's context holds {window}; "
        + "use fewer shots, a larger --max-length, or --truncation left",
        promptTokens);

    /// <summary>
    /// Cuts a text into windows that score every token once. The first window has the beginning-of-text token as its context, each later
    /// one that is full has the one token before it, and the last one has as many tokens before it as fit.
    /// </summary>
    /// <remarks>Source: lm-evaluation-harness's get_rolling_token_windows with a context of 1, and make_disjoint_window.</remarks>
    private void AddWindows(RollingLogLikelihoodRequest request)
    {
        int[] tokens = tokenizer.EncodeText(request.Context);
        var windows = new List<(int[] Context, int[] Continuation)>();
        for (int scored = 0; scored < tokens.Length;)
        {
            int count = Math.Min(tokens.Length - scored, window), end = scored + count;
            windows.Add(scored == 0
                ? ([tokenizer.FirstToken], tokens[..count])
                : (tokens[(end - window - 1)..scored], tokens[scored..end]));
            scored = end;
        }

        if (windows.Count == 0)
        {
            Answered.Add(new Response { Key = request.Key, FinishReason = FinishReason.Scored, LogLikelihood = 0 });
            return;
        }

        for (int i = 0; i < windows.Count; i++)
        {
            RequestKey part = request.Key with { Index = i };
            Encoded.Add(EncodedRequest.Scored(part, windows[i].Context, windows[i].Continuation) with
            {
                Owner = request.Key,
                IsWindow = true,
            });
        }
    }
}
