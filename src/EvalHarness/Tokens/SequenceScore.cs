using EvalHarness.Engines;
using EvalHarness.Prompts;

namespace EvalHarness.Tokens;

/// <summary>Collects the log-probabilities of a continuation's tokens, one row of logits at a time.</summary>
/// <param name="key">The request.</param>
/// <param name="promptTokens">The number of tokens of the context, before any are cut off.</param>
/// <param name="readFrom">The position of the last token of the context, whose row of logits is the first to be read.</param>
/// <param name="continuation">The tokens to score.</param>
internal sealed class SequenceScore(RequestKey key, int promptTokens, int readFrom, int[] continuation)
{
    private readonly double[] _logProbabilities = new double[continuation.Length];
    private bool _greedy = true;

    /// <summary>Adds the log-probability of the token that follows a position.</summary>
    /// <param name="position">The position of the token that the row was computed for. The row predicts the token after it.</param>
    /// <param name="row">The logits, one for each token of the vocabulary.</param>
    /// <param name="logSumExp">The logarithm of the sum of the exponentials of the row.</param>
    /// <param name="likeliest">The token with the largest logit of the row.</param>
    internal void Add(int position, ReadOnlySpan<float> row, double logSumExp, int likeliest)
    {
        int index = position - readFrom;
        int token = continuation[index];
        _logProbabilities[index] = row[token] - logSumExp;
        _greedy &= token == likeliest;
    }

    internal Response ToResponse(double milliseconds)
    {
        double sum = _logProbabilities.Sum();
        return double.IsFinite(sum)
            ? new Response
            {
                Key = key,
                FinishReason = FinishReason.Scored,
                PromptTokens = promptTokens,
                CompletionTokens = continuation.Length,
                LogLikelihood = sum,
                IsGreedy = _greedy,
                TokenLogProbabilities = _logProbabilities,
                Milliseconds = milliseconds,
            }
            : Response.Failed(
                key,
                $"the model gave log-probabilities that are not finite (their sum is {sum})",
                promptTokens);
    }

    /// <summary>What <see cref="Add"/> needs to know about a row, which all requests that read the row share.</summary>
    internal static (double LogSumExp, int Likeliest) Summarize(ReadOnlySpan<float> row) =>
        (LogSoftmax.LogSumExp(row), LogSoftmax.ArgMax(row));
}
