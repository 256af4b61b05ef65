using System.Diagnostics;
using EvalHarness.Engines;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>
/// Each log-likelihood in a session and a single append of its own: for devices that refuse a second append, and as the plain
/// way that the shared one is checked against. Requests that feed the same tokens are computed together.
/// </summary>
internal static class DirectWalk
{
    internal static IEnumerable<WorkItem> Items(IEnumerable<EncodedRequest> requests) =>
        requests.GroupBy(r => r.Sequence.Tokens, TokensComparer.Instance).Select(same => (WorkItem)((worker, cancellationToken) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Score(worker.Model, [.. same]);
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
            model.Count(prompt: tokens.Length, generated: 0, Stopwatch.GetElapsedTime(start));
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
        catch (Exception e) when (e is OnnxRuntimeGenAIException or OnnxRuntimeGenAIShapeException)
        {
            return [.. same.Select(r => Response.Failed(r.Request.Key, $"the runtime failed: {EvalException.OneLine(e.Message)}", r.PromptTokens))];
        }
    }

    /// <summary>Token ids by content.</summary>
    private sealed class TokensComparer : IEqualityComparer<int[]>
    {
        internal static TokensComparer Instance { get; } = new();

        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] obj)
        {
            var hash = new HashCode();
            hash.AddBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(obj.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
