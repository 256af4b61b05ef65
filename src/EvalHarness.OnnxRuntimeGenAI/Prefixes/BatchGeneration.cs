using System.Diagnostics;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Tokens;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Prefixes;

/// <summary>
/// Computes completions in batches that the runtime steps. The batches are formed from all requests of a task, with the longest prompts
/// first, so that a resumed run forms the same ones. Only greedy completions are batched, because the rows of a batch share one stream of
/// random numbers.
/// </summary>
internal sealed class BatchGeneration(Worker worker, EncodedRequests requests, Predicate<int> pending)
{
    /// <param name="requests">All requests of a task.</param>
    /// <param name="batched">The numbers of those that are computed in batches. The array is sorted.</param>
    /// <param name="batchSize">The most requests in a batch.</param>
    /// <returns>The numbers of the requests of each batch.</returns>
    internal static IEnumerable<int[]> Batches(EncodedRequests requests, int[] batched, int batchSize)
    {
        Array.Sort(batched, (a, b) =>
        {
            int byLength = requests.Sequences.Length(b).CompareTo(requests.Sequences.Length(a));
            return byLength != 0 ? byLength : Place(a).CompareTo(Place(b));
        });
        return batched.Chunk(batchSize);

        (long Document, int Index) Place(int number) => (requests.Key(number).Document, requests.Key(number).Index);
    }

    /// <summary>The batches in which a request is to be answered, each as a piece of work.</summary>
    /// <param name="requests">As for <see cref="Batches"/>.</param>
    /// <param name="batched">As for <see cref="Batches"/>.</param>
    /// <param name="pending">Says which requests are to be answered.</param>
    /// <param name="batchSize">As for <see cref="Batches"/>.</param>
    internal static IEnumerable<WorkItem> Items(EncodedRequests requests, int[] batched, Predicate<int> pending, int batchSize) =>
        Batches(requests, batched, batchSize)
            .Where(batch => Array.Exists(batch, pending))
            .Select(batch => (WorkItem)((worker, cancellationToken) =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                return new BatchGeneration(worker, requests, pending).Generate(batch, cancellationToken);
            }));

    private IEnumerable<NumberedResponse> Generate(int[] batch, CancellationToken cancellationToken)
    {
        LoadedModel model = worker.Model;
        long start = Stopwatch.GetTimestamp();
        var completions = new List<Completion>();
        try
        {
            completions.AddRange(batch.Select(i => new Completion(requests[i], model.Tokenizer, model.Config.EndOfTextIds, model.Window)));
            for (List<Completion> live = completions; live.Count > 0;)
                live = Step(live, cancellationToken);
            double each = Stopwatch.GetElapsedTime(start).TotalMilliseconds / batch.Length;
            return
            [
                .. batch.Zip(completions).Where(pair => pending(pair.First))
                    .Select(pair => new NumberedResponse(pair.First, pair.Second.ToResponse(each))),
            ];
        }
        catch (Exception e) when (batch.Length > 1 && (e is OnnxRuntimeGenAIException or ModelSessionException))
        {
            // If a batch fails because of its size or because of one row, its other requests can succeed alone.
            return batch.Where(i => pending(i)).SelectMany(i => Generate([i], cancellationToken));
        }
        catch (Exception e) when (e is OnnxRuntimeGenAIException or ModelSessionException)
        {
            return [requests.Failed(batch[0], $"the runtime failed: {EvalException.OneLine(e.Message)}")];
        }
        finally
        {
            completions.ForEach(c => c.Dispose());
        }
    }

    /// <summary>
    /// Steps a batch until all rows are finished, or until the steps spent on finished rows are as many as the tokens of the other rows. A
    /// row cannot leave a batch of the runtime, so the other rows are then computed anew in a smaller batch. By this rule the cost is at
    /// most twice the cost of a choice that knows the lengths in advance.
    /// </summary>
    /// <returns>The rows that are not finished.</returns>
    private List<Completion> Step(List<Completion> rows, CancellationToken cancellationToken)
    {
        LoadedModel model = worker.Model;
        // A model without a padding token computes one row at a time, which needs no padding.
        int padding = model.Config.PadId ?? 0;
        int[][] sequences = [.. rows.Select(c => c.Sequence)];
        // Rows are padded to the longest one, and the runtime's max_length counts the padding.
        int longest = sequences.Max(s => s.Length);
        int capacity = Math.Min(model.Config.ContextLength, longest + rows.Max(c => c.Left));
        model.CheckMemory((long)capacity * rows.Count);
        using var parameters = new GeneratorParams(model.Model);
        SearchOptions.SetGreedy(parameters, model.Config, capacity, rows.Count);
        using Generator generator = model.Generators.Create(parameters);
        long start = Stopwatch.GetTimestamp();
        generator.AppendTokens(TokenBatch.Pad(sequences, longest, padding));
        model.Work.CountPrefill(sequences.Sum(s => s.Length), Stopwatch.GetElapsedTime(start));
        for (long wasted = 0; ;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            start = Stopwatch.GetTimestamp();
            generator.GenerateNextToken();
            ReadOnlySpan<int> next = generator.GetNextTokens();
            int live = 0;
            for (int row = 0; row < rows.Count; row++)
            {
                if (rows[row].Finished)
                    continue;
                live++;
                rows[row].Add(next[row]);
            }

            model.Work.CountDecode(live, Stopwatch.GetElapsedTime(start));
            wasted += rows.Count - live;
            List<Completion> left = [.. rows.Where(c => !c.Finished)];
            // A padding token that the model generated would be masked in the prompt of a new batch.
            if (left.Count == 0 || (wasted >= left.Sum(c => c.Length) && !left.Any(c => c.Sequence.Contains(padding))))
                return left;
        }
    }

    /// <summary>
    /// Whether a request may be computed in a batch, in which the runtime chooses the tokens. It must be a greedy completion without a
    /// repetition penalty or a JSON schema, and its prompt must not contain the padding token, which the runtime would mask.
    /// </summary>
    internal static bool Fits(EncodedRequests requests, int number, ModelConfig config) =>
        requests.Options(number) is { Greedy: true, RepetitionPenalty: 1, JsonSchema: null }
        && !(config.PadId is { } padding && requests.Sequences.Tokens(number).Contains(padding));
}
