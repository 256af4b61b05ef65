using System.Diagnostics;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI;

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

    private List<Response> Generate(EncodedRequest[] batch, CancellationToken cancellationToken)
    {
        LoadedModel model = worker.Model;
        long start = Stopwatch.GetTimestamp();
        var completions = new List<Completion>();
        try
        {
            completions.AddRange(batch.Select(r => new Completion(r, worker.Tokenizer, model.Config.EndOfTextIds, model.Window)));
            Step(batch, completions, cancellationToken);
            double each = Stopwatch.GetElapsedTime(start).TotalMilliseconds / batch.Length;
            return [.. completions.Where(c => pending(c.Request)).Select(c => c.ToResponse(each))];
        }
        catch (OnnxRuntimeGenAIException e)
        {
            return [.. batch.Where(r => pending(r)).Select(r => Response.Failed(r.Request.Key, $"the runtime failed: {EvalException.OneLine(e.Message)}", r.PromptTokens))];
        }
        finally
        {
            completions.ForEach(c => c.Dispose());
        }
    }

    private void Step(EncodedRequest[] batch, List<Completion> completions, CancellationToken cancellationToken)
    {
        LoadedModel model = worker.Model;
        // Rows are padded to the longest prompt, and the limit counts the padding.
        int longest = batch.Max(r => r.Sequence.Tokens.Length);
        int wanted = batch.Max(r => ((GenerateRequest)r.Request).Options.MaxTokens);
        using var parameters = new GeneratorParams(model.Model);
        SearchOptions.SetGreedy(parameters, Math.Min(model.Config.ContextLength, longest + wanted), batch.Length);
        using var generator = new Generator(model.Model, parameters);
        long start = Stopwatch.GetTimestamp();
        generator.AppendTokens(Pad(batch, longest, model.Config.PadId!.Value));
        model.CountPrefill(batch.Sum(r => r.Sequence.Tokens.Length), Stopwatch.GetElapsedTime(start));
        while (completions.Any(c => !c.Finished))
        {
            cancellationToken.ThrowIfCancellationRequested();
            start = Stopwatch.GetTimestamp();
            generator.GenerateNextToken();
            ReadOnlySpan<int> next = generator.GetNextTokens();
            int live = 0;
            for (int row = 0; row < batch.Length; row++)
            {
                if (completions[row].Finished)
                    continue;
                live++;
                completions[row].Add(next[row]);
            }

            model.CountDecode(live, Stopwatch.GetElapsedTime(start));
        }
    }

    /// <summary>Row after row, filled up on the right with the padding token, which the runtime masks.</summary>
    private static int[] Pad(EncodedRequest[] batch, int longest, int padding)
    {
        int[] padded = new int[batch.Length * longest];
        Array.Fill(padded, padding);
        for (int row = 0; row < batch.Length; row++)
            batch[row].Sequence.Tokens.CopyTo(padded, row * longest);
        return padded;
    }

    /// <summary>
    /// Sampled completions share a random stream in a batch, and a padding token inside a prompt would be masked like padding:
    /// such requests are computed one by one.
    /// </summary>
    internal static bool Fits(EncodedRequest request, ModelConfig config) =>
        request.Request is GenerateRequest { Options.Greedy: true } && config.PadId is { } pad && !request.Sequence.Tokens.Contains(pad);
}
