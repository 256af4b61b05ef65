using System.Diagnostics;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Tokens;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Prefixes;

/// <summary>
/// Computes each log-likelihood, and each completion whose tokens the runtime chooses, with one append in a new session, for devices that
/// refuse a second append.
/// </summary>
internal static class DirectWalk
{
    /// <param name="requests">All requests of a task.</param>
    /// <param name="groups">The numbers of requests that feed the same tokens. Each group is computed at once.</param>
    internal static IEnumerable<WorkItem> Items(EncodedRequests requests, IEnumerable<int[]> groups) =>
        groups.Select(same => (WorkItem)((worker, cancellationToken) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Score(worker.Model, requests, same);
        }));

    /// <summary>A completion in the form of a JSON schema, as a piece of work.</summary>
    internal static WorkItem Guided(EncodedRequests requests, int number, Guidance guidance) => (worker, cancellationToken) =>
    {
        LoadedModel model = worker.Model;
        long start = Stopwatch.GetTimestamp();
        ModelSession? session = null;
        try
        {
            Response response = GuidedCompletion.Of(model, requests[number], Prompted, cancellationToken);
            return [new NumberedResponse(number, response with { Milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds })];
        }
        finally
        {
            session?.Dispose();
        }

        ModelSession Prompted()
        {
            int[] prompt = requests.Sequences.Tokens(number).ToArray();
            session = model.NewSession(requests.Capacity(number, model.Window), guidance);
            session.Append(prompt);
            model.Work.CountPrefill(prompt.Length, Stopwatch.GetElapsedTime(start));
            return session;
        }
    };

    private static List<NumberedResponse> Score(LoadedModel model, EncodedRequests requests, int[] same)
    {
        int[] tokens = requests.Sequences.Tokens(same[0]).ToArray();
        long start = Stopwatch.GetTimestamp();
        try
        {
            using ModelSession session = model.NewSession(tokens.Length);
            session.Append(tokens);
            LogitRows rows = session.ReadRows();
            model.Work.CountPrefill(tokens.Length, Stopwatch.GetElapsedTime(start));
            int firstRow = tokens.Length - rows.Count;
            var responses = new List<NumberedResponse>();
            foreach (int number in same)
            {
                int readFrom = requests.Sequences.ReadFrom(number);
                if (readFrom < firstRow)
                {
                    responses.Add(requests.Failed(
                        number,
                        "this model gives logits for the last token only, and this device refuses a second append: "
                        + "continuations of several tokens cannot be scored"));
                    continue;
                }

                SequenceScore score = requests.Score(number);
                for (int position = readFrom; position < tokens.Length; position++)
                {
                    (double logSumExp, int likeliest) = SequenceScore.Summarize(rows[position - firstRow]);
                    score.Add(position, rows[position - firstRow], logSumExp, likeliest);
                }

                responses.Add(new NumberedResponse(number, score.ToResponse(Stopwatch.GetElapsedTime(start).TotalMilliseconds)));
            }

            return responses;
        }
        catch (Exception e) when (e is OnnxRuntimeGenAIException or ModelSessionException)
        {
            string error = $"the runtime failed: {EvalException.OneLine(e.Message)}";
            return [.. same.Select(number => requests.Failed(number, error))];
        }
    }
}
