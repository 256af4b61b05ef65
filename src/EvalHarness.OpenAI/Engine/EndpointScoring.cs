using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Engines;
using EvalHarness.OpenAI.Api;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Tokens;

namespace EvalHarness.OpenAI.Engine;

/// <summary>
/// Asks an endpoint for log-likelihoods: a prompt and its continuation are sent, and the server says what each token was worth.
/// </summary>
internal sealed class EndpointScoring(
    EndpointOptions options, CompletionRoute completions, OpenedEndpoint opened, AnswerRecord record)
{
    /// <summary>Answers the requests of one document, one after the other.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the endpoint does not score prompts.</exception>
    internal async Task AnswerAsync(IReadOnlyList<Request> requests, Func<Response, ValueTask> give, CancellationToken cancellationToken)
    {
        if (opened.Scoring is not { } way || !requests[0].Prompt.IsRendered)
            throw Unable(requests[0]);
        if (opened.Tokens is not { } tokens)
        {
            foreach (Request request in requests)
                await give(await ScoreTextAsync(request, way, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            return;
        }

        EncodedRequests encoded;
        try
        {
            encoded = await tokens
                .EncodeAsync(requests, opened.ScoringWindow(options), options.TruncateLeft, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (Failures.IsOfRequest(e) && !cancellationToken.IsCancellationRequested)
        {
            foreach (Request request in requests)
                await give(Response.Failed(request.Key, EvalException.OneLine(e.Message))).ConfigureAwait(false);
            return;
        }

        using (encoded)
        {
            foreach (Response answered in encoded.Answered)
                await give(answered).ConfigureAwait(false);
            for (int i = 0; i < encoded.Count; i++)
            {
                EncodedRequest request = encoded[i];
                Response part = await Failures.CatchAsync(
                    request.Key, () => ScoreTokensAsync(request, way, cancellationToken), cancellationToken).ConfigureAwait(false);
                if (encoded.Assemble(new NumberedResponse(i, part)) is { } whole)
                    await give(whole).ConfigureAwait(false);
            }
        }
    }

    private EvalException Unable(Request request) => new(
        ExitCode.Model,
        opened.Scoring is null
            ? $"task {request.Key.Task} needs log-likelihoods, which {options.Address.Url.Authority} does not give: {opened.WhyNotScoring}"
                + "; choose tasks that generate, or a server that scores prompts, such as vLLM or SGLang"
            : $"task {request.Key.Task} needs log-likelihoods of conversations, and only the server has the chat template; leave out "
                + "--apply-chat-template");

    private async Task<Response> ScoreTokensAsync(EncodedRequest request, ScoringWay way, CancellationToken cancellationToken)
    {
        int[] tokens = [.. request.Sequence.Tokens.ToArray(), request.Continuation[^1]];
        if (tokens.Contains(LocalTokenizer.Unknown))
        {
            throw new AnswerException(
                "a text without a context needs the beginning-of-text token, which the tokenizer does not name; use --tokenizer with the "
                + "model's folder");
        }

        (IReadOnlyList<ScoredToken> scored, AnswerUsage? usage, TimeSpan time) =
            await AskAsync(CompletionRoute.Prompt(tokens), way, tokens, cancellationToken).ConfigureAwait(false);
        if (ScoringFields.Problem(scored, tokens) is { } problem)
            throw new AnswerException(problem);
        if (usage is not null && usage.Prompt != tokens.Length)
            throw new AnswerException($"the server read {usage.Prompt} tokens where {tokens.Length} were sent");
        record.CountScored(tokens.Length, usage?.Cached ?? 0, time);
        ScoredToken[] continuation = [.. scored.Take(tokens.Length).TakeLast(request.Continuation.Length)];
        return ToResponse(request.Key, continuation, request.PromptTokens, usage, time);
    }

    private Task<Response> ScoreTextAsync(Request request, ScoringWay way, CancellationToken cancellationToken) =>
        Failures.CatchAsync(
            request.Key,
            async () =>
            {
                var text = ScoredText.Of(request);
                UnicodeText.Check(text.Whole);
                (IReadOnlyList<ScoredToken> scored, AnswerUsage? usage, TimeSpan time) =
                    await AskAsync(text.Whole, way, tokens: null, cancellationToken).ConfigureAwait(false);
                (ScoredToken[] continuation, int before) = text.Find(scored);
                record.CountScored(before + continuation.Length, usage?.Cached ?? 0, time);
                return ToResponse(request.Key, continuation, before, usage, time);
            },
            cancellationToken);

    private async Task<(IReadOnlyList<ScoredToken> Scored, AnswerUsage? Usage, TimeSpan Time)> AskAsync(
        JsonNode prompt, ScoringWay way, int[]? tokens, CancellationToken cancellationToken)
    {
        using Account.Payment? payment = options.Account is { } account
            ? await account.ReserveAsync(tokens?.Length ?? Bytes(prompt), ScoringFields.Generated, cancellationToken).ConfigureAwait(false)
            : null;
        long start = Stopwatch.GetTimestamp();
        JsonElement answer = await completions
            .PostAsync(completions.Body(prompt, ScoringFields.Of(way)), cancellationToken)
            .ConfigureAwait(false);
        payment?.Pay(AnswerUsage.Of(answer)?.Tokens);
        record.Check(answer.Text("model"), answer.Text("system_fingerprint"));
        return (PromptScores.Read(answer, way, tokens), AnswerUsage.Of(answer), Stopwatch.GetElapsedTime(start));
    }

    /// <summary>A token of a text has at least one byte, and one may stand before the text.</summary>
    private static int Bytes(JsonNode text) => Encoding.UTF8.GetByteCount(text.GetValue<string>()) + 1;

    private static Response ToResponse(
        RequestKey key, ScoredToken[] continuation, int promptTokens, AnswerUsage? usage, TimeSpan time)
    {
        double[] values =
        [
            .. continuation.Select(t => t.LogProbability
                ?? throw new AnswerException("a token of the continuation has no log-probability")),
        ];
        return new Response
        {
            Key = key,
            FinishReason = FinishReason.Scored,
            PromptTokens = promptTokens,
            CachedTokens = Math.Min(usage?.Cached ?? 0, promptTokens),
            CompletionTokens = continuation.Length,
            DiscardedTokens = usage?.Completion ?? ScoringFields.Generated,
            LogLikelihood = values.Sum(),
            IsGreedy = continuation.All(t => t.IsLikeliest == true),
            TokenLogProbabilities = values,
            Milliseconds = time.TotalMilliseconds,
        };
    }
}
