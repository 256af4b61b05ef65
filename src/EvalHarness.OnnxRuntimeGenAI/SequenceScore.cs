using EvalHarness.Engines;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>Collects a continuation's log-probabilities as its rows come by.</summary>
internal sealed class SequenceScore(EncodedRequest request)
{
    private readonly double[] _logProbabilities = new double[request.Continuation.Length];
    private bool _greedy = true;

    /// <param name="position">Of the token whose row this is; the row says what follows it.</param>
    /// <param name="row">Logits.</param>
    /// <param name="logSumExp">Of the row.</param>
    /// <param name="likeliest">Of the row.</param>
    internal void Add(int position, ReadOnlySpan<float> row, double logSumExp, int likeliest)
    {
        int index = position - request.Sequence.ReadFrom;
        int token = request.Continuation[index];
        _logProbabilities[index] = row[token] - logSumExp;
        _greedy &= token == likeliest;
    }

    internal Response ToResponse(double milliseconds)
    {
        double sum = _logProbabilities.Sum();
        return double.IsFinite(sum)
            ? new Response
            {
                Key = request.Request.Key,
                FinishReason = FinishReason.Scored,
                PromptTokens = request.PromptTokens,
                CompletionTokens = request.Continuation.Length,
                LogLikelihood = sum,
                IsGreedy = _greedy,
                TokenLogProbabilities = _logProbabilities,
                Milliseconds = milliseconds,
            }
            : Response.Failed(request.Request.Key, $"the model gave log-probabilities that are no numbers ({sum})", request.PromptTokens);
    }

    internal static (double LogSumExp, int Likeliest) Summarize(ReadOnlySpan<float> row) => (LogSoftmax.LogSumExp(row), LogSoftmax.ArgMax(row));
}
