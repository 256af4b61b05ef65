using System.Diagnostics;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Prefixes;

/// <summary>
/// Completions in static batches, stepped by the runtime. Batches are cut from all requests, longest prompts together, so that
/// a resumed run forms the same ones. Greedy only: the rows of a batch would share one random stream.
/// </summary>
internal sealed class BatchGeneration(Worker worker, Predicate<EncodedRequest> pending)
{
    internal static IEnumerable<WorkItem> Items(IReadOnlyList<EncodedRequest> requests, Predicate<EncodedRequest> pending, int batchSize) => requests
        .OrderByDescending(r => r.Sequence.Tokens.Length).ThenBy(r => r.Request.Key.Document).ThenBy(r => r.Request.Key.Index)
        .Chunk(batchSize)
        .Where(batch => batch.Any(r => pending(r)))
        .Select(batch => (WorkItem)((worker, cancellationToken) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new BatchGeneration(worker, pending).Generate(batch, cancellationToken);
        }));

    private IEnumerable<Response> Generate(EncodedRequest[] batch, CancellationToken cancellationToken)
    {
        LoadedModel model = worker.Model;
        long start = Stopwatch.GetTimestamp();
        var completions = new List<Completion>();
        try
        {
            completions.AddRange(batch.Select(r => new Completion(r, worker.Tokenizer, model.Config.EndOfTextIds, model.Window)));
            for (List<Completion> live = completions; live.Count > 0;)
                live = Step(live, cancellationToken);
            double each = Stopwatch.GetElapsedTime(start).TotalMilliseconds / batch.Length;
            return [.. completions.Where(c => pending(c.Request)).Select(c => c.ToResponse(each))];
        }
        catch (Exception e) when (batch.Length > 1 && (e is OnnxRuntimeGenAIException or ModelSessionException))
        {
            // What fails together (memory, one bad row) may succeed alone.
            return batch.Where(r => pending(r)).SelectMany(r => Generate([r], cancellationToken));
        }
        catch (Exception e) when (e is OnnxRuntimeGenAIException or ModelSessionException)
        {
            return [Response.Failed(batch[0].Request.Key, $"the runtime failed: {EvalException.OneLine(e.Message)}", batch[0].PromptTokens)];
        }
        finally
        {
            completions.ForEach(c => c.Dispose());
        }
    }

    /// <summary>
    /// Steps rows until all are finished, or until the finished ones have cost as many row-steps as computing the others anew would:
    /// a batch of the runtime cannot lose a row, and this rule costs at most twice what knowing the lengths before would.
    /// </summary>
    /// <returns>Rows to go on with, in a batch of their own.</returns>
    private List<Completion> Step(List<Completion> rows, CancellationToken cancellationToken)
    {
        LoadedModel model = worker.Model;
        // A row alone needs none.
        int padding = model.Config.PadId ?? 0;
        int[][] sequences = [.. rows.Select(c => c.Sequence)];
        // Rows are padded to the longest, and the limit counts the padding.
        int longest = sequences.Max(s => s.Length);
        int capacity = Math.Min(model.Config.ContextLength, longest + rows.Max(c => c.Left));
        model.CheckMemory((long)capacity * rows.Count);
        using var parameters = new GeneratorParams(model.Model);
        SearchOptions.SetGreedy(parameters, capacity, rows.Count);
        using var generator = new Generator(model.Model, parameters);
        long start = Stopwatch.GetTimestamp();
        generator.AppendTokens(Pad(sequences, longest, padding));
        model.CountPrefill(sequences.Sum(s => s.Length), Stopwatch.GetElapsedTime(start));
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

            model.CountDecode(live, Stopwatch.GetElapsedTime(start));
            wasted += rows.Count - live;
            List<Completion> left = [.. rows.Where(c => !c.Finished)];
            // A padding token that the model generated would be masked when it is fed.
            if (left.Count == 0 || (wasted >= left.Sum(c => c.Length) && !left.Any(c => c.Sequence.Contains(padding))))
                return left;
        }
    }

    /// <summary>Row after row, filled up on the right with the padding token, which the runtime masks.</summary>
    internal static int[] Pad(int[][] rows, int longest, int padding)
    {
        int[] padded = new int[rows.Length * longest];
        Array.Fill(padded, padding);
        for (int row = 0; row < rows.Length; row++)
            rows[row].CopyTo(padded, row * longest);
        return padded;
    }

    /// <summary>
    /// Sampled completions share a random stream in a batch, and a padding token inside a prompt would be masked like padding:
    /// such requests go another way.
    /// </summary>
    internal static bool Fits(EncodedRequest request, ModelConfig config) =>
        request.Request is GenerateRequest { Options.Greedy: true } && !(config.PadId is { } padding && request.Sequence.Tokens.Contains(padding));
}
