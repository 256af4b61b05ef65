using EvalHarness.Engines;
using EvalHarness.Planning;
using EvalHarness.Prompts;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tokens;

/// <summary>
/// Turns the requests of a task into tokens, and the responses to them back into responses to the task's requests. A text that is scored
/// as a whole becomes windows whose scores are added up. A prompt that is too long loses its beginning if that is allowed.
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
    private readonly Dictionary<RequestKey, int> _truncated = [];
    private readonly Dictionary<RequestKey, (RequestKey Owner, Response?[] Parts)> _windows = [];

    /// <summary>Continuations of one token, by that token: the choices of all questions are often the same letters.</summary>
    private readonly Dictionary<int, int[]> _single = [];

    /// <summary>A context that is longer than the window, and its end.</summary>
    private (int[] Whole, int[] End) _long = ([], []);

    /// <summary>What the request before this one is fed, which choices of one token share.</summary>
    private PlannedSequence? _last;

    internal List<EncodedRequest> Encoded { get; } = [];

    /// <summary>Responses that need no model: to requests that cannot be answered, and to texts that have no tokens.</summary>
    internal List<Response> Answered { get; } = [];

    /// <summary>
    /// Encodes requests on all cores, in their order. They are read a block at a time, and their texts are not held any longer than that.
    /// </summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: <see cref="ModelTokenizer.ThinkEndToken"/> is no token, and a completion is asked for.
    /// </exception>
    internal static RequestEncoder Encode(ModelTokenizer tokenizer, int window, IEnumerable<Request> requests, bool truncateLeft)
    {
        var whole = new RequestEncoder(tokenizer, window, truncateLeft);
        foreach (RequestBlock block in RequestBlock.Of(requests))
        {
            ReasoningMarkers? reasoning = block.HasCompletions ? tokenizer.Reasoning : null;
            RequestEncoder[] parts =
            [
                .. Enumerable.Range(0, block.Threads).Select(_ => new RequestEncoder(tokenizer, window, truncateLeft, reasoning)),
            ];
            Parallel.For(0, parts.Length, i => parts[i].Add(block.Part(i)));
            foreach (RequestEncoder part in parts)
                whole.Take(part);
        }

        return whole;
    }

    private void Take(RequestEncoder other)
    {
        Encoded.AddRange(other.Encoded);
        Answered.AddRange(other.Answered);
        foreach ((RequestKey key, int cut) in other._truncated)
            _truncated[key] = cut;
        foreach ((RequestKey key, (RequestKey, Response?[]) windows) in other._windows)
            _windows[key] = windows;
    }

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

    /// <summary>The response to the task's request, or null if responses to other windows of its text are still missing.</summary>
    internal Response? Assemble(Response response)
    {
        if (!_windows.TryGetValue(response.Key, out (RequestKey Owner, Response?[] Parts) text))
            return _truncated.TryGetValue(response.Key, out int cut) ? response with { TruncatedTokens = cut } : response;
        text.Parts[response.Key.Index] = response;
        if (text.Parts.Any(p => p is null))
            return null;
        return text.Parts.FirstOrDefault(p => p!.Error is not null) is { } failed
            ? Response.Failed(text.Owner, failed.Error!, failed.PromptTokens)
            : new Response
            {
                Key = text.Owner,
                FinishReason = FinishReason.Scored,
                PromptTokens = text.Parts.Sum(p => p!.PromptTokens),
                CachedTokens = text.Parts.Sum(p => p!.CachedTokens),
                CompletionTokens = text.Parts.Sum(p => p!.CompletionTokens),
                DiscardedTokens = text.Parts.Sum(p => p!.DiscardedTokens),
                LogLikelihood = text.Parts.Sum(p => p!.LogLikelihood!.Value),
                TokenLogProbabilities = [.. text.Parts.SelectMany(p => p!.TokenLogProbabilities)],
                Milliseconds = text.Parts.Sum(p => p!.Milliseconds),
            };
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
            Keep(Scored(request.Key, context, continuation, Math.Max(0, excess)));
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
            Keep(EncodedRequest.Generated(request, prompt, reasoning, Math.Max(0, prompt.Length - room)));
    }

    /// <summary>As <see cref="EncodedRequest.Scored"/>, with what it shares with the request before it.</summary>
    private EncodedRequest Scored(RequestKey key, int[] context, int[] continuation, int cut)
    {
        int length = context.Length, left = Math.Max(0, length - window);
        if (continuation is [var token])
            continuation = _single.TryGetValue(token, out int[]? same) ? same : _single[token] = continuation;
        if (left > 0)
        {
            // Only the end of a context that is too long is held, and once for all choices of a question.
            if (!ReferenceEquals(_long.Whole, context))
                _long = (context, context[left..]);
            context = _long.End;
        }

        PlannedSequence sequence = continuation.Length == 1 && _last?.Tokens.IsContext(context, cut - left) == true
            ? _last
            : EncodedRequest.Fed(context, continuation, cut - left);
        _last = sequence;
        return new EncodedRequest(key, length, sequence, continuation, cut);
    }

    private void Keep(EncodedRequest request)
    {
        if (request.Truncated > 0)
            _truncated[request.Key] = request.Truncated;
        Encoded.Add(request);
    }

    private Response TooLong(RequestKey key, int tokens, int promptTokens) => Response.Failed(
        key,
        $"prompt too long: {tokens} tokens, the model's context holds {window}; "
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

        var parts = new Response?[windows.Count];
        for (int i = 0; i < parts.Length; i++)
        {
            RequestKey part = request.Key with { Index = i };
            _windows[part] = (request.Key, parts);
            Encoded.Add(EncodedRequest.Scored(part, windows[i].Context, windows[i].Continuation) with { Owner = request.Key });
        }
    }
}
