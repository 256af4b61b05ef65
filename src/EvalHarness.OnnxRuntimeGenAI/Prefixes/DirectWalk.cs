using System.Diagnostics;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Tokens;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Prefixes;

/// <summary>Computes each log-likelihood with one append in a new session, for devices that refuse a second append.</summary>
internal static class DirectWalk
{
    /// <param name="requests">Groups of requests that feed the same tokens. Each group is computed at once.</param>
    internal static IEnumerable<WorkItem> Items(IEnumerable<List<EncodedRequest>> requests) =>
        requests.Select(same => (WorkItem)((worker, cancellationToken) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Score(worker.Model, same);
        }));

    private static List<Response> Score(LoadedModel model, List<EncodedRequest> same)
    {
        int[] tokens = same[0].Sequence.Tokens.ToArray();
        long start = Stopwatch.GetTimestamp();
        try
        {
            using ModelSession session = model.NewSession(tokens.Length);
            session.Append(tokens);
            LogitRows rows = session.ReadRows();
            model.Work.CountPrefill(tokens.Length, Stopwatch.GetElapsedTime(start));
            int firstRow = tokens.Length - rows.Count;
            var responses = new List<Response>();
            foreach (EncodedRequest request in same)
            {
                if (request.Sequence.ReadFrom < firstRow)
                {
                    responses.Add(Response.Failed(
                        request.Key,
                        "this model gives logits for the last token only, and this device refuses a second append: "
                        + "continuations of several tokens cannot be scored",
                        request.PromptTokens));
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
            string error = $"the runtime failed: {EvalException.OneLine(e.Message)}";
            return [.. same.Select(r => Response.Failed(r.Key, error, r.PromptTokens))];
        }
    }
}
