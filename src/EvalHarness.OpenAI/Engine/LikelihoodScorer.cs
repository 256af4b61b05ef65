using System.Diagnostics;
using System.Text.Json.Nodes;
using EvalHarness.Engines;
using EvalHarness.OpenAI.Protocol;
using EvalHarness.Prompts;
using EvalHarness.Tokens;

namespace EvalHarness.OpenAI.Engine;

/// <summary>Asks a server for the log-probabilities of texts that it did not write.</summary>
internal sealed class LikelihoodScorer
{
    private readonly CompletionsRoute _route;
    private readonly bool _echo;

    private LikelihoodScorer(CompletionsRoute route, ModelTokenizer? tokenizer, bool echo) =>
        (_route, Tokenizer, _echo) = (route, tokenizer, echo);

    /// <summary>Null where the server splits texts, and says where.</summary>
    internal ModelTokenizer? Tokenizer { get; }

    /// <summary>How the log-probabilities are asked for, as the manifest would say it.</summary>
    internal string Description => $"{(_echo ? "echo" : "prompt_logprobs")}, split by {Tokenizer?.Name ?? "text_offset"}";

    /// <summary>Finds out with one short text in which way the server gives log-probabilities of a prompt.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: it gives none, or its tokens are not those of the tokenizer.</exception>
    internal static async Task<LikelihoodScorer> FindAsync(
        CompletionsRoute route, ModelTokenizer? tokenizer, string host, CancellationToken cancellationToken)
    {
        const string probe = "The cat sat on the mat.";
        int[]? ids = tokenizer?.EncodePrompt(probe);
        string refused = "";
        foreach (bool echo in ids is null ? (bool[])[true] : [true, false])
        {
            try
            {
                JsonNode prompt = ids is null ? JsonValue.Create(probe) : Ids(ids);
                ServerAnswer answer = await route.ScoreAsync(prompt, echo, cancellationToken).ConfigureAwait(false);
                if (ScoresOf(answer, echo, ids) is { } scores && Fits(scores, ids, probe))
                {
                    Check(scores, ids, probe, host);
                    return new LikelihoodScorer(route, tokenizer, echo);
                }
            }
            catch (Transport.EndpointException e) when (e.Status is { } status && (int)status is >= 400 and < 500)
            {
                refused = $" ({e.Message})";
            }
        }

        throw new EvalException(
            ExitCode.Model,
            $"{host} gives no log-probabilities of prompts{refused}, which tasks that score log-likelihoods need: it was asked by echo with "
            + "logprobs, and by prompt_logprobs where token ids were known; use a server that gives them, such as vLLM or SGLang, or tasks "
            + "that generate");
    }

    private static PromptScores? ScoresOf(ServerAnswer answer, bool echo, int[]? ids) =>
        echo ? PromptScores.OfEcho(answer.Choice!.Value) : PromptScores.OfPromptLogProbabilities(answer.Choice!.Value, ids!);

    /// <summary>A server that does not echo gives the one token that it wrote.</summary>
    private static bool Fits(PromptScores scores, int[]? ids, string text) => ids is not null
        ? scores.Count >= ids.Length && Enumerable.Range(1, ids.Length - 1).All(i => scores.LogProbability(i) is <= 0)
        : scores.Count > 2 && scores.Offsets.Count == scores.Count && scores.Offsets.Any(o => o >= text.Length - 2);

    private static void Check(PromptScores scores, int[]? ids, string text, string host)
    {
        if (ids is null || scores.Texts.Count < ids.Length)
            return;
        string echoed = string.Concat(scores.Texts.Take(ids.Length));
        if (!echoed.Contains(text, StringComparison.Ordinal) && !echoed.Replace('Ġ', ' ').Replace('▁', ' ').Contains(text, StringComparison.Ordinal))
        {
            throw new EvalException(
                ExitCode.Model,
                $"{host} reads the tokens of '{text}' as '{EvalException.OneLine(echoed)}', so the tokenizer is not that of its model; give "
                + "the folder of the model's own tokenizer.json with --tokenizer");
        }
    }

    private static JsonArray Ids(IEnumerable<int> ids) => new([.. ids.Select(id => JsonValue.Create(id))]);

    /// <summary>Scores a continuation of which the token ids are known.</summary>
    internal async Task<(ServerAnswer Answer, Response Response)> ScoreAsync(EncodedRequest request, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        int[] all = [.. request.Sequence.Tokens, request.Continuation[^1]];
        ServerAnswer answer = await _route.ScoreAsync(Ids(all), _echo, cancellationToken).ConfigureAwait(false);
        PromptScores scores = ScoresOf(answer, _echo, all) is { } found && found.Count >= all.Length
            ? found
            : throw new UnreadableAnswerException("the server's answer lacks log-probabilities of the prompt");
        return (answer, Sum(request.Request.Key, scores, all.Length - request.Continuation.Length, all.Length) with
        {
            PromptTokens = request.PromptTokens,
            CachedTokens = answer.CachedTokens,
            Milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds,
        });
    }

    /// <summary>Scores a continuation where the server splits the text; it must begin a token there.</summary>
    internal async Task<(ServerAnswer Answer, Response Response)> ScoreTextAsync(
        LogLikelihoodRequest request, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        string kept = request.Context.TrimEnd(), whole = request.Context + request.Continuation;
        ServerAnswer answer = await _route.ScoreAsync(JsonValue.Create(whole), echo: true, cancellationToken).ConfigureAwait(false);
        PromptScores scores = PromptScores.OfEcho(answer.Choice!.Value)
            ?? throw new UnreadableAnswerException("the server's answer lacks log-probabilities of the prompt");
        // Offsets count code points, as Python's texts do.
        int begin = CodePoints(kept), end = CodePoints(whole);
        int first = Enumerable.Range(0, scores.Offsets.Count).FirstOrDefault(i => scores.Offsets[i] == begin, -1);
        int last = Enumerable.Range(0, scores.Offsets.Count).FirstOrDefault(i => scores.Offsets[i] >= end, scores.Count);
        if (first < 1 || last <= first)
        {
            return (answer, Response.Failed(
                request.Key,
                "the server's tokens do not divide between context and continuation; give the model's tokenizer.json with --tokenizer"));
        }

        return (answer, Sum(request.Key, scores, first, last) with
        {
            PromptTokens = first,
            CachedTokens = answer.CachedTokens,
            Milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds,
        });
    }

    private static int CodePoints(string text) => text.EnumerateRunes().Count();

    private static Response Sum(RequestKey key, PromptScores scores, int first, int end)
    {
        double[] each = new double[end - first];
        bool greedy = true;
        for (int i = first; i < end; i++)
        {
            each[i - first] = scores.LogProbability(i)
                ?? throw new UnreadableAnswerException("the server's answer lacks the log-probability of a token");
            greedy &= scores.IsTop(i)
                ?? throw new UnreadableAnswerException("the server's answer does not say which token was the most likely one");
        }

        return new Response
        {
            Key = key,
            FinishReason = FinishReason.Scored,
            LogLikelihood = each.Sum(),
            IsGreedy = greedy,
            CompletionTokens = each.Length,
            TokenLogProbabilities = each,
        };
    }
}
