using System.Diagnostics;
using System.Runtime.InteropServices;
using EvalHarness.Engines;
using EvalHarness.Planning;
using EvalHarness.Prompts;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>
/// Executes a prefix plan on one session: each piece is appended once, its rows score every request that needs them, and
/// completions go on from where their prompt ends. Pieces without a request to answer are left out.
/// </summary>
internal sealed class PlanWalk(LoadedModel model, IReadOnlyList<EncodedRequest> requests, PrefixPlan plan, Predicate<EncodedRequest> pending, int capacity) : IDisposable
{
    private readonly SequenceScore?[] _scores = [.. requests.Select(r => r.Request is LogLikelihoodRequest ? new SequenceScore(r) : null)];
    private readonly bool[] _open = [.. requests.Select(r => pending(r))];
    private readonly Stopwatch _sinceResponse = Stopwatch.StartNew();
    private ModelSession? _session;

    internal IEnumerable<Response> Run(CancellationToken cancellationToken)
    {
        foreach (PlanStep step in plan.Steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!AnyOpen(step.First, step.Last))
                continue;
            foreach (Response response in Execute(step, cancellationToken))
                yield return response;
        }
    }

    private bool AnyOpen(int first, int last)
    {
        for (int i = first; i < last; i++)
        {
            if (_open[plan.Order[i]])
                return true;
        }

        return false;
    }

    private List<Response> Execute(PlanStep step, CancellationToken cancellationToken)
    {
        var responses = new List<Response>();
        try
        {
            GoTo(step, step.Start);
            float[]? lastRow = Append(step);
            for (int i = step.First; i < step.Ends; i++)
            {
                int index = plan.Order[i];
                if (!_open[index])
                    continue;
                responses.Add(_scores[index] is { } score
                    ? score.ToResponse(Lap())
                    : Complete(requests[index], step, lastRow!, cancellationToken));
                _open[index] = false;
            }
        }
        catch (Exception e) when (e is OnnxRuntimeGenAIException or OnnxRuntimeGenAIShapeException)
        {
            // This piece, and whatever was to come after it, has no answer; the session may be damaged, a new one is not.
            _session?.Dispose();
            _session = null;
            responses.AddRange(Fail(step, $"the runtime failed: {EvalException.OneLine(e.Message)}"));
        }

        return responses;
    }

    private IEnumerable<Response> Fail(PlanStep step, string error)
    {
        for (int i = step.First; i < step.Last; i++)
        {
            int index = plan.Order[i];
            if (!_open[index])
                continue;
            _open[index] = false;
            yield return Response.Failed(requests[index].Request.Key, error, requests[index].PromptTokens);
        }
    }

    private double Lap()
    {
        double milliseconds = _sinceResponse.Elapsed.TotalMilliseconds;
        _sinceResponse.Restart();
        return milliseconds;
    }

    /// <summary>Holds exactly the first <paramref name="length"/> tokens of the piece's sequences.</summary>
    private void GoTo(PlanStep step, int length)
    {
        if (_session is not null && _session.Length != length)
        {
            if (model.Capabilities.Rewind)
            {
                _session.RewindTo(length);
            }
            else
            {
                _session.Dispose();
                _session = null;
            }
        }

        if (_session is not null)
            return;
        // The first piece, or once more after a failure or for a model that cannot go back.
        _session = model.NewSession(capacity);
        ReadOnlySpan<int> before = requests[plan.Order[step.First]].Sequence.Tokens.AsSpan(0, length);
        for (int done = 0; done < length;)
        {
            int left = length - done;
            int piece = left <= PrefixPlan.DefaultMaxPiece ? left : Math.Min(PrefixPlan.DefaultMaxPiece, left - 2);
            AppendTimed(before.Slice(done, piece));
            done += piece;
        }
    }

    private ReadOnlySpan<int> Tokens(PlanStep step) => requests[plan.Order[step.First]].Sequence.Tokens.AsSpan(step.Start, step.Length);

    private void AppendTimed(ReadOnlySpan<int> tokens)
    {
        long start = Stopwatch.GetTimestamp();
        _session!.Append(tokens);
        model.Count(prompt: tokens.Length, generated: 0, Stopwatch.GetElapsedTime(start));
    }

    /// <returns>The last row, if rows are read.</returns>
    private float[]? Append(PlanStep step)
    {
        if (!step.Read)
        {
            AppendTimed(Tokens(step));
            return null;
        }

        // A graph that gives the last row only is fed one token at a time where rows are needed.
        int stride = model.Capabilities.AllRows ? step.Length : 1;
        LogitRows? rows = null;
        for (int done = 0; done < step.Length; done += stride)
        {
            AppendTimed(Tokens(step).Slice(done, stride));
            rows = _session!.ReadRows();
            if (rows.Count != stride)
                throw new OnnxRuntimeGenAIShapeException($"the model gave {rows.Count} rows of logits for {stride} tokens");
            for (int row = 0; row < rows.Count; row++)
                Score(step, step.Start + done + row, rows[row]);
        }

        return rows!.Last.ToArray();
    }

    private void Score(PlanStep step, int position, ReadOnlySpan<float> row)
    {
        (double LogSumExp, int Likeliest)? summary = null;
        for (int i = step.First; i < step.Last; i++)
        {
            int index = plan.Order[i];
            if (!_open[index] || _scores[index] is not { } score || position < requests[index].Sequence.ReadFrom)
                continue;
            summary ??= SequenceScore.Summarize(row);
            score.Add(position, row, summary.Value.LogSumExp, summary.Value.Likeliest);
        }
    }

    private Response Complete(EncodedRequest request, PlanStep step, float[] firstRow, CancellationToken cancellationToken)
    {
        // An earlier completion of the same prompt may have gone on from here.
        GoTo(step, step.Start + step.Length);
        var generate = (GenerateRequest)request.Request;
        var sampler = new TokenSampler(generate.Options, generate.Seed);
        using var completion = new Completion(request, model.Tokenizer, model.Config.EndOfTextIds, model.Window);
        ReadOnlySpan<float> row = firstRow;
        while (completion.Add(sampler, row, out int token))
        {
            cancellationToken.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            _session!.Append(MemoryMarshal.CreateReadOnlySpan(ref token, 1));
            row = _session.ReadRows().Last;
            model.Count(prompt: 0, generated: 1, Stopwatch.GetElapsedTime(start));
        }

        return completion.ToResponse(Lap());
    }

    public void Dispose() => _session?.Dispose();
}
