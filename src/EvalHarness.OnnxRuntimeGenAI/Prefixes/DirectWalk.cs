using System.Diagnostics;
using EvalHarness.Engines;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Prefixes;

/// <summary>
/// Log-likelihoods in a session and a single append of their own, for devices that refuse a second append.
/// </summary>
internal static class DirectWalk
{
    /// <param name="requests">Those that feed the same tokens are computed together.</param>
    internal static IEnumerable<WorkItem> Items(IEnumerable<List<EncodedRequest>> requests) => requests.Select(same => (WorkItem)((worker, cancellationToken) =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Score(worker.Model, same);
    }));

    private static List<Response> Score(LoadedModel model, List<EncodedRequest> same)
    {
        int[] tokens = same[0].Sequence.Tokens;
        long start = Stopwatch.GetTimestamp();
        try
        {
            using ModelSession session = model.NewSession(tokens.Length);
            session.Append(tokens);
            LogitRows rows = session.ReadRows();
            model.CountPrefill(tokens.Length, Stopwatch.GetElapsedTime(start));
            int firstRow = tokens.Length - rows.Count;
            var responses = new List<Response>();
            foreach (EncodedRequest request in same)
            {
                if (request.Sequence.ReadFrom < firstRow)
                {
                    responses.Add(Response.Failed(request.Request.Key, "this model gives logits for the last token only, and this device takes no second append: continuations of several tokens cannot be scored", request.PromptTokens));
                    continue;
                }

                var score = new SequenceScore(request);
                for (int position = request.Sequence.ReadFrom; position < tokens.Length; position++)
                {
                    (double logSumExp, int likeliest) = SequenceScore.Summarize(rows[position - firstRow]);
                    score.Add(position, rows[position - firstRow], logSumExp, likeliest);
                }

                responses.Add(score.ToResponse(Stopwatch.GetElapsedTime(start).TotalMilliseconds));
            }

            return responses;
        }
        catch (Exception e) when (e is OnnxRuntimeGenAIException or ModelSessionException)
        {
            return [.. same.Select(r => Response.Failed(r.Request.Key, $"the runtime failed: {EvalException.OneLine(e.Message)}", r.PromptTokens))];
        }
    }
}
