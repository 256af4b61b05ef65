using System.Diagnostics;
using System.Runtime.InteropServices;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Planning;
using EvalHarness.Tokens;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Prefixes;

/// <summary>
/// Executes a prefix plan, or shards of it, in one session. Each step of the plan is appended once, and its rows of logits score every
/// request that needs them. A completion continues where its prompt ends. Steps that no pending request needs are left out.
/// </summary>
internal sealed class PlanWalk(Worker worker, PlannedRequests planned) : IDisposable
{
    private readonly LoadedModel _model = worker.Model;
    private readonly Dictionary<int, SequenceScore> _scores = [];
    private readonly Stopwatch _sinceResponse = Stopwatch.StartNew();
    private ModelSession? _session;

    /// <summary>The range of the plan's order that is walked, and which of its requests are still to be answered.</summary>
    private (int First, int Last) _shard;
    private bool[] _open = [];

    /// <summary>The session begins with the first <see cref="_heldLength"/> tokens of the sequence at this place of the order.</summary>
    private int _held, _heldLength;

    internal PlannedRequests Planned => planned;

    private IReadOnlyList<int> Order => planned.Plan.Order;

    private PlannedSequences Sequences => planned.Requests.Sequences;

    /// <param name="shard">A range of the plan's order, without its last index.</param>
    /// <param name="pending">Whether the request with a number is to be answered.</param>
    /// <param name="cancellationToken">Checked before each step of the plan and before each token of a completion.</param>
    internal IEnumerable<NumberedResponse> Run((int First, int Last) shard, Predicate<int> pending, CancellationToken cancellationToken)
    {
        _shard = shard;
        _open = [.. Enumerable.Range(shard.First, shard.Last - shard.First).Select(place => pending(Order[place]))];
        foreach (PlanStep step in planned.Plan.Steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (step.First >= shard.Last)
                yield break;
            if (!Open(step.First, step.Last).Any() || (!step.Read && Holds(step)))
                continue;
            foreach (NumberedResponse response in Execute(step, cancellationToken))
                yield return response;
        }
    }

    /// <summary>The places of the order in a range whose requests are still to be answered here.</summary>
    private IEnumerable<int> Open(int first, int last)
    {
        for (int place = Math.Max(first, _shard.First); place < Math.Min(last, _shard.Last); place++)
        {
            if (_open[place - _shard.First])
                yield return place;
        }
    }

    /// <summary>Whether the session already holds the tokens of a step, because an earlier shard needed them.</summary>
    private bool Holds(PlanStep step)
    {
        int end = step.Start + step.Length;
        return end <= _heldLength && planned.Plan.Common(Math.Min(_held, step.First), Math.Max(_held, step.First)) >= end;
    }

    private List<NumberedResponse> Execute(PlanStep step, CancellationToken cancellationToken)
    {
        var responses = new List<NumberedResponse>();
        try
        {
            GoTo(step, step.Start);
            float[]? lastRow = Append(step);
            foreach (int place in Open(step.First, step.Ends))
            {
                int number = Order[place];
                responses.Add(new NumberedResponse(number, planned.Requests.IsCompletion(number)
                    ? Complete(planned.Requests[number], step, lastRow!, cancellationToken)
                    : _scores[number].ToResponse(Lap())));
                Close(place);
            }
        }
        catch (Exception e) when (e is OnnxRuntimeGenAIException or ModelSessionException)
        {
            // The session may be damaged, so the steps that follow begin a new one.
            EndSession();
            string error = $"the runtime failed: {EvalException.OneLine(e.Message)}";
            foreach (int place in Open(step.First, step.Last))
            {
                responses.Add(planned.Requests.Failed(Order[place], error));
                Close(place);
            }
        }

        return responses;
    }

    private void Close(int place)
    {
        _open[place - _shard.First] = false;
        _scores.Remove(Order[place]);
    }

    private double Lap()
    {
        double milliseconds = _sinceResponse.Elapsed.TotalMilliseconds;
        _sinceResponse.Restart();
        return milliseconds;
    }

    /// <summary>Brings the session to exactly the first <paramref name="length"/> tokens that the step's sequences share.</summary>
    private void GoTo(PlanStep step, int length)
    {
        long start = Stopwatch.GetTimestamp();
        if (_session is not null && _session.Length != length)
        {
            if (_model.Capabilities.Rewind)
            {
                _session.RewindTo(length);
                _heldLength = Math.Min(_heldLength, length);
                _model.Work.CountPrefill(0, Stopwatch.GetElapsedTime(start));
            }
            else
            {
                EndSession();
            }
        }

        if (_session is not null)
            return;
        // There is no session at the first step, after a failure, and where the model cannot rewind.
        _session = _model.NewSession(planned.Capacity, planned.Guidance);
        _model.Work.CountPrefill(0, Stopwatch.GetElapsedTime(start));
        int done = 0;
        foreach (int piece in PrefixPlan.Pieces(length))
        {
            AppendTimed(step, done, piece);
            done += piece;
        }
    }

    /// <summary>Appends some tokens of the step's sequences to a session that holds the tokens before them.</summary>
    private void AppendTimed(PlanStep step, int from, int length)
    {
        long start = Stopwatch.GetTimestamp();
        _session!.Append(Sequences.Slice(Order[step.First], from, length));
        (_held, _heldLength) = (step.First, from + length);
        _model.Work.CountPrefill(length, Stopwatch.GetElapsedTime(start));
    }

    /// <returns>The last row of logits, or null if the step reads none.</returns>
    private float[]? Append(PlanStep step)
    {
        if (!step.Read)
        {
            AppendTimed(step, step.Start, step.Length);
            return null;
        }

        // A graph that gives only the last row is fed one token at a time where several rows are needed.
        int stride = _model.Capabilities.AllRows ? step.Length : 1;
        LogitRows? rows = null;
        for (int done = 0; done < step.Length; done += stride)
        {
            AppendTimed(step, step.Start + done, stride);
            long start = Stopwatch.GetTimestamp();
            rows = _session!.ReadRows();
            _model.Work.CountPrefill(0, Stopwatch.GetElapsedTime(start));
            if (rows.Count != stride)
                throw new ModelSessionException($"the model gave {rows.Count} rows of logits for {stride} tokens");
            for (int row = 0; row < rows.Count; row++)
                Score(step, step.Start + done + row, rows[row]);
        }

        return rows!.Last.ToArray();
    }

    private void Score(PlanStep step, int position, ReadOnlySpan<float> row)
    {
        (double LogSumExp, int Likeliest)? summary = null;
        foreach (int place in Open(step.First, step.Last))
        {
            int number = Order[place];
            if (planned.Requests.IsCompletion(number) || position < Sequences.ReadFrom(number))
                continue;
            summary ??= SequenceScore.Summarize(row);
            if (!_scores.TryGetValue(number, out SequenceScore? score))
                _scores[number] = score = planned.Requests.Score(number);
            score.Add(position, row, summary.Value.LogSumExp, summary.Value.Likeliest);
        }
    }

    private Response Complete(EncodedRequest request, PlanStep step, float[] firstRow, CancellationToken cancellationToken)
    {
        if (planned.Guidance is not null)
            return CompleteGuided(request, step, cancellationToken);
        // An earlier completion of the same prompt may have appended its tokens.
        GoTo(step, step.Start + step.Length);
        var sampler = new TokenSampler(request.Options!, request.Seed);
        sampler.See(request.Sequence.Tokens.Slice(0, request.Sequence.Tokens.Length));
        using var completion = new Completion(request, _model.Tokenizer, _model.Config.EndOfTextIds, _model.Window);
        ReadOnlySpan<float> row = firstRow;
        while (completion.Add(sampler, row, out int token))
        {
            cancellationToken.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            _session!.Append(MemoryMarshal.CreateReadOnlySpan(ref token, 1));
            row = _session.ReadRows().Last;
            _model.Work.CountDecode(1, Stopwatch.GetElapsedTime(start));
        }

        return completion.ToResponse(Lap());
    }

    private Response CompleteGuided(EncodedRequest request, PlanStep step, CancellationToken cancellationToken)
    {
        Response response = GuidedCompletion.Of(_model, request, EndOfPrompt, cancellationToken);
        if (response.Error is not null)
            EndSession();
        return response with { Milliseconds = Lap() };

        ModelSession EndOfPrompt()
        {
            // After an earlier completion of the same prompt, its end is appended again: no step may follow a rewind.
            if (_session?.Length != step.Start + step.Length)
            {
                GoTo(step, step.Start);
                _ = Append(step);
            }

            return _session!;
        }
    }

    private void EndSession()
    {
        _session?.Dispose();
        (_session, _heldLength) = (null, 0);
    }

    public void Dispose() => EndSession();
}
